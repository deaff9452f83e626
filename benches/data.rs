//! What `npm run bench` measures with: `cargo run --release --example bench-data -- FOLDER ITEMS`.
//!
//! `catalog.json`, `model.wnm`, and `arrays.bin`: the same model as plain arrays, for what the package is compared with. It begins with a u32
//! length and so many bytes of JSON, `[{ name, type, offset, length }, …]`; then come the arrays, each from a multiple of eight bytes on.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::json;
use watchnext::model::WeightTable;

mod made_up;

#[derive(Default)]
struct Arrays {
    names: Vec<serde_json::Value>,
    bytes: Vec<u8>,
}

impl Arrays {
    fn push<const SIZE: usize>(&mut self, name: &str, kind: &str, values: impl Iterator<Item = [u8; SIZE]>) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.bytes.len();
        values.for_each(|value| self.bytes.extend(value));
        let length = (self.bytes.len() - offset) / SIZE;
        self.names.push(json!({ "name": name, "type": kind, "offset": offset, "length": length }));
    }

    /// A table by source: what a history's items speak for.
    fn push_table(&mut self, name: &str, table: &WeightTable, items: usize) {
        let mut by_source: Vec<Vec<(u32, i8)>> = vec![Vec::new(); items];
        for (target, row) in (0..).zip(table.rows.iter()) {
            row.iter()
                .for_each(|neighbour| by_source[neighbour.item as usize].push((target, neighbour.weight)));
        }
        let ends = by_source.iter().scan(0_u32, |end, row| {
            *end += row.len() as u32;
            Some(*end)
        });
        self.push(
            &format!("{name}Starts"),
            "Uint32Array",
            std::iter::once(0).chain(ends).map(u32::to_le_bytes),
        );
        let targets = by_source.iter().flatten();
        self.push(
            &format!("{name}Targets"),
            "Uint32Array",
            targets.clone().map(|(target, _)| target.to_le_bytes()),
        );
        self.push(&format!("{name}Weights"), "Int8Array", targets.map(|(_, weight)| weight.to_le_bytes()));
        self.push(
            &format!("{name}Scales"),
            "Float32Array",
            table.scales.iter().map(|scale| scale.to_le_bytes()),
        );
    }

    fn into_bytes(self) -> Vec<u8> {
        let mut head = serde_json::Value::from(self.names).to_string();
        while (head.len() + 4) % 8 != 0 {
            head.push(' ');
        }
        [&(head.len() as u32).to_le_bytes()[..], head.as_bytes(), &self.bytes].concat()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, items] = &arguments[..] else { return Err("FOLDER ITEMS".into()) };
    let (folder, items) = (Path::new(folder), items.parse()?);
    let model = made_up::model(items);
    let mut arrays = Arrays::default();
    if let Some(low_rank) = &model.low_rank {
        arrays.push("factors", "Int8Array", low_rank.factors.iter().map(|factor| factor.to_le_bytes()));
        arrays.push("factorScales", "Float32Array", low_rank.scales.iter().map(|scale| scale.to_le_bytes()));
        arrays.push(
            "factorWeights",
            "Float32Array",
            low_rank.weights.iter().map(|weight| weight.to_le_bytes()),
        );
    }
    arrays.push_table("neighbours", &model.neighbours, items);
    if let Some(next) = &model.next {
        arrays.push_table("next", next, items);
    }
    arrays.push("popularity", "Float32Array", model.bias.iter().map(|bias| bias.to_le_bytes()));
    fs::create_dir_all(folder)?;
    fs::write(folder.join("catalog.json"), made_up::catalog(items))?;
    fs::write(folder.join("model.wnm"), model.to_bytes()?)?;
    fs::write(folder.join("arrays.bin"), arrays.into_bytes())?;
    Ok(())
}
