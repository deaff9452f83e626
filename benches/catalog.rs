//! How fast catalogs are read, beside serde_json into a `Value`: `cargo bench --bench catalog -- [items …]`, default 9742 100000 1000000.

use std::hint::black_box;
use std::time::Instant;

use serde_json::Value;
use watchnext::catalog::{CatalogOptions, CatalogReader};

#[path = "made_up.rs"]
#[allow(dead_code)]
mod made_up;

/// As a connection hands them out.
const CHUNK: usize = 1 << 16;
/// Each is measured so often at least, and for so many seconds.
const TIMES: usize = 5;
const SECONDS: f64 = 2.0;

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![9_742, 100_000, 1_000_000] } else { sizes };
    println!("{:>9} {:>6}  {:26} {:>9} {:>9} {:>6}", "items", "MB", "", "median ms", "p95 ms", "MB/s");
    for items in sizes {
        let json = made_up::catalog(items);
        measure(items, &json, "serde_json to Value", || {
            black_box(serde_json::from_slice::<Value>(&json).expect("is JSON"));
        });
        let read = || {
            let mut reader = CatalogReader::new(&CatalogOptions::default()).expect("options");
            json.chunks(CHUNK).for_each(|chunk| reader.push(chunk).expect("reads"));
            reader.finish().expect("a catalog").0
        };
        measure(items, &json, "CatalogReader", || {
            black_box(read());
        });
        measure(items, &json, "CatalogReader, with terms", || {
            let mut catalog = read();
            catalog.add_terms();
            black_box(catalog);
        });
    }
}

fn measure(items: usize, json: &[u8], name: &str, work: impl Fn()) {
    let (mut times, start) = (Vec::new(), Instant::now());
    while times.len() < TIMES || start.elapsed().as_secs_f64() < SECONDS {
        let start = Instant::now();
        work();
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let (median, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    let megabytes = json.len() as f64 / 1e6;
    println!(
        "{items:>9} {megabytes:>6.1}  {name:26} {median:>9.1} {p95:>9.1} {:>6.0}",
        megabytes / median * 1000.0
    );
}
