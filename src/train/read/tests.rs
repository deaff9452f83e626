use std::path::PathBuf;

use proptest::prelude::*;

use super::{ColumnNames, ReadOptions, read_bytes};
use crate::error::Result;
use crate::train::{Interaction, Interactions};

fn parse(text: &str, columns: &ColumnNames, min_rating: Option<f64>) -> Result<Vec<(String, Vec<String>)>> {
    let read = Interactions::parse("file.csv", text.as_bytes(), columns, min_rating)?;
    let ids = |row: &[Interaction]| -> Vec<String> {
        row.iter().map(|interaction| read.items.strings().get(interaction.item as usize).to_owned()).collect()
    };
    Ok(read.viewers.iter().map(str::to_owned).zip(read.by_viewer.iter().map(ids)).collect())
}

fn expected(viewers: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
    viewers.iter().map(|&(viewer, items)| (viewer.to_owned(), ids(items))).collect()
}

#[test]
fn every_form_says_the_same() {
    let want = Ok(expected(&[("1", &["b", "a"]), ("2", &["a"])]));
    let usual = ColumnNames::default();
    for text in [
        "userId,movieId,rating,timestamp\n1,a,4,9\n1,b,5,8\n2,a,3,1\n",
        "1::a::4::9\n1::b::5::8\n2::a::3::1\n",
        "user\titem\ttimestamp\r\n1\ta\t9\r\n\r\n1\tb\t8\r\n2\ta\t1",
        "rating;user;item;time\n4,5;1;a;9\n5;1;b;8\n3;2;a;1\n",
        "1|a|4|9\n1|b|4|8\n2|a|4|1\n",
        "\u{feff}user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\ta\t4\t9\n1\tb\t5\t8.5\n2\ta\t3\t1\n",
        "user,item,watched_at\n1,a,2024-05-02\n1,b,2024-05-01T20:15:00+02:00\n2,a,2023-01-01\n",
        "user,note,item,timestamp\n1,\"so, \"\"it\"\"\nwas\",a,9\n1,,\"b\",8\n2,\"x\",a,1\n",
        "{\"user\":1,\"item\":\"a\",\"time\":9}\n\n{\"time\":8,\"item\":\"b\",\"more\":{\"user\":[3]},\"user\":1}\n\
            {\"user\":\"2\",\"item\":\"a\",\"time\":\"1\"}\n",
        "1 a 4 9\n1 b 5 8\n2 a 3 1\n",
    ] {
        assert_eq!(parse(text, &usual, None), want, "{text}");
    }
    let given = ColumnNames {
        user: Some("who".into()),
        item: Some("What".into()),
        timestamp: Some("0".into()),
        rating: None,
    };
    assert_eq!(parse("when\twho\twhat\n9\t1\ta\n8\t1\tb\n1\t2\ta\n", &given, None), want);
    let item_first = ColumnNames { user: Some("1".into()), item: Some("0".into()), ..usual };
    assert_eq!(parse("b,1\na,1\na,2", &item_first, None), want, "without timestamps the file's order");
}

#[test]
fn a_line_may_be_a_person() {
    let want = Ok(expected(&[("1", &["a", "b", "c", "d", "e"]), ("2", &["b"])]));
    for text in
        ["1 a b c d e\n\n2 b\n", "1: a b c d e\n2: b\n", "1\ta\tb\tc\td\te\n2\tb\n", "1,a,b,c,d,e\n2,b"]
    {
        assert_eq!(parse(text, &ColumnNames::default(), None), want, "{text}");
    }
    let read = |lists: bool| {
        let options = ReadOptions { lists, ..ReadOptions::default() };
        let read = read_bytes(vec![("file".into(), b"1 2 3\n4 5 6\n".to_vec())], &options).expect("reads").0;
        (read.by_viewer.values().len(), read.timed)
    };
    assert_eq!(read(true), (4, true));
    assert_eq!(read(false), (2, false), "the third column is a rating");
    let rated = parse("1 a b c d e\n2 b\n", &ColumnNames::default(), Some(1.0)).expect_err("no ratings");
    assert!(rated.to_string().contains("--min-rating"), "{rated}");
}

#[test]
#[cfg(feature = "parquet")]
fn parquet_files_of_several_programs_are_read() {
    let read = |name: &str| {
        let path = format!("{}/tests/interactions/{name}.parquet", env!("CARGO_MANIFEST_DIR"));
        let columns = ColumnNames {
            timestamp: name.starts_with("duckdb").then(|| "watched_at".to_owned()),
            ..ColumnNames::default()
        };
        let options = ReadOptions { columns, ..ReadOptions::default() };
        Interactions::read(&[path.into()], &options, &|_| {}).expect(name)
    };
    for name in ["duckdb", "duckdb-zstd", "ns", "ms", "days", "holes"] {
        let (read, report) = read(name);
        let rows: Vec<(&str, Vec<(&str, f64)>)> = (read.viewers.iter().zip(read.by_viewer.iter()))
            .map(|(viewer, row)| {
                let of = |row: &Interaction| (read.items.strings().get(row.item as usize), row.time);
                (viewer, row.iter().map(of).collect())
            })
            .collect();
        let (day, first) = match name {
            "days" => (864_000.0, 0.0),
            "holes" => (1.0, 0.0),
            _ => (1.0, 978_307_200.0),
        };
        let time = |place: f64| first + place * day;
        assert_eq!(
            rows,
            [("u1", vec![("20", time(1.0)), ("10", time(2.0))]), ("u2", vec![("10", time(3.0))])],
            "{name}"
        );
        assert_eq!(report.skipped, u64::from(name == "holes"));
    }
    let rated = |least: f64| {
        let path = format!("{}/tests/interactions/days.parquet", env!("CARGO_MANIFEST_DIR"));
        let options = ReadOptions { min_rating: Some(least), ..ReadOptions::default() };
        Interactions::read(&[path.into()], &options, &|_| {}).map(|(read, _)| read.len())
    };
    assert_eq!(rated(4.0), Ok(2), "what is not rated stays");
    let bytes = std::fs::read(format!("{}/tests/interactions/ns.parquet", env!("CARGO_MANIFEST_DIR")))
        .expect("reads");
    let names = ColumnNames { item: Some("film".into()), ..ColumnNames::default() };
    let error = Interactions::parse("f", &bytes, &names, None).expect_err("no such column").to_string();
    assert!(error.contains("no column \"film\"; it has user, item, timestamp"), "{error}");
    for cut in [4, 100, bytes.len() - 1] {
        assert_eq!(
            Interactions::parse("f", &bytes[..cut], &ColumnNames::default(), None)
                .expect_err("is cut")
                .code(),
            "INTERACTIONS"
        );
    }
}

#[test]
fn files_add_up_packed_or_not_and_folders_too() {
    use std::io::Write;
    let folder = std::env::temp_dir().join(format!("watchnext-read-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("parts")).expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("writes");
        path
    };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"1,a,4,9\n").expect("packs");
    let gzip = file("a.csv.gz", &gzip.finish().expect("packs"));
    file("parts/1.csv", b"item,user,timestamp\nb,1,8\n");
    file("parts/0.csv.zst", &zstd::encode_all(&b"user\titem\ttimestamp\n2\ta\t1\n"[..], 1).expect("packs"));
    file("parts/_SUCCESS", b"");
    let told = std::cell::Cell::new((0, 0));
    let read = |paths: &[PathBuf]| {
        Interactions::read(paths, &ReadOptions::default(), &|progress| told.set((progress.read, progress.of)))
    };
    let (all, report) = read(&[gzip.clone(), folder.join("parts")]).expect("reads");
    assert_eq!((all.viewers.iter().collect::<Vec<_>>(), all.len(), report.rows), (vec!["1", "2"], 3, 3));
    assert!(told.get().0 > 0 && told.get().0 <= told.get().1, "{told:?}");
    let untimed = file("untimed.csv", b"user,item\n1,a\n");
    let error = read(&[gzip, untimed]).expect_err("times are missing").to_string();
    assert!(
        error.contains("untimed.csv, line 1: has no times, and the files before it have some"),
        "{error}"
    );
    std::fs::create_dir_all(folder.join("none")).expect("a folder");
    assert_eq!(read(&[folder.join("none")]).expect_err("is empty").code(), "FILE");
    assert_eq!(read(&[folder.join("nowhere")]).expect_err("is not there").code(), "FILE");
    std::fs::remove_dir_all(folder).expect("goes");
}

#[test]
fn an_item_counts_once_and_low_ratings_do_not() {
    let text = "user,item,rating,timestamp\n1,a,5,1\n1,b,5,2\n1,a,5,3\n1,c,3.5,4\n";
    assert_eq!(parse(text, &ColumnNames::default(), Some(4.0)), Ok(expected(&[("1", &["b", "a"])])));
    let error = parse("user,item\n1,a\n", &ColumnNames::default(), Some(4.0)).expect_err("no ratings");
    assert!(error.to_string().contains("--rating-column"), "{error}");
}

#[test]
fn bad_lines_are_skipped_and_the_first_is_told() {
    let long = "x".repeat(2000);
    for (text, line, part) in [
        ("user,item,rating\n1,a,4\n1,a,good\n1,b,\n", 3, "\"good\" is not a number"),
        ("user,item\n1,a\n1\n1,b\n", 3, "has 1 fields"),
        ("user,item\n1,\n1,a\n1,b\n", 2, "1 to 1024 bytes long, found 0"),
        (&format!("user,item\n1,{long}\n1,a\n1,b\n"), 2, "1 to 1024 bytes long, found 2000"),
        ("user,item,time\n1,a,1\n2,b,\n1,b,2\n", 3, "has no time"),
        ("user,item,time\n1,a,1\n2,b,soon\n1,b,2\n", 3, "\"soon\" is not a number or a date"),
        ("user,item\n1,a\n1,b\n1,\"c\n1,d\n1,e\n", 4, "a quote is not closed"),
        ("{\"user\":1,\"item\":\"a\"}\n{\"user\":1}\n{\"user\":1,\"item\":\"b\"}", 2, "has no \"item\""),
        ("{\"user\":1,\"item\":\"a\"}\n{\"user\":\n{\"user\":1,\"item\":\"b\"}", 2, "EOF"),
        (
            "{\"user\":1,\"item\":\"a\"}\n{\"user\":1,\"item\":[]}\n{\"user\":1,\"item\":\"b\"}",
            2,
            "neither a text nor a number",
        ),
        ("1 a b c d e\n2\n3 a\n", 2, "\"2\" has no item"),
    ] {
        let columns = ColumnNames {
            rating: text.contains("rating").then(|| "rating".into()),
            ..ColumnNames::default()
        };
        let options = ReadOptions {
            columns,
            min_rating: text.contains("rating").then_some(1.0),
            ..ReadOptions::default()
        };
        let (read, report) = read_bytes(vec![("file".into(), text.into())], &options).expect(text);
        let first = report.first_skipped.expect(text);
        assert_eq!((report.skipped, first.line), (1, line), "{text}");
        assert!(first.reason.contains(part), "{}", first.reason);
        assert!(read.by_viewer.values().len() >= 2, "{text}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (text, line, part) in [
        ("user,item\n1,\n", 2, "1 to 1024 bytes"),
        (
            "user,item\n1,a\n2\n3\n",
            3,
            "has 1 fields, expected more than 1; so it is, or alike, with 2 of 3 rows",
        ),
        ("user,film name\n1,a\n", 1, "it has user, film name; say which with --item-column"),
        ("customer,what\n1,2\n", 1, "it has customer, what"),
        ("user,item\n", 0, "no interaction"),
        ("", 0, "no interaction"),
        ("1,a,nan,3\n", 1, "column 2 is neither a rating nor a time: \"nan\""),
        ("[{\"user\":1,\"item\":2}]", 0, "an object a line"),
        ("{\"who\":1,\"item\":2}", 1, "it has item, who"),
    ] {
        let error = parse(text, &ColumnNames::default(), None).expect_err(text);
        assert_eq!(error.code(), "INTERACTIONS");
        assert!(error.to_string().starts_with(&format!("file.csv, line {line}: ")), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let unknown = ColumnNames { user: Some("viewer_name".into()), ..ColumnNames::default() };
    let error = parse("user,item\n1,a\n", &unknown, None).expect_err("no such column");
    assert!(error.to_string().contains("no column \"viewer_name\"; it has user, item"), "{error}");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &b"1,2\n".repeat(100_000)).expect("packs");
    let packed = packed.finish().expect("packs");
    let cut = &packed[..packed.len() / 2];
    let error = Interactions::parse("cut", cut, &ColumnNames::default(), None).expect_err("is cut");
    assert_eq!(error.code(), "INTERACTIONS");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Interactions::parse("bytes", &bytes, &ColumnNames::default(), None);
    }

    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec(("[a-c\",;\n :{é]{1,6}", "[0-9a\", ]{1,4}", 0_u32..9), 1..20),
        separator in prop::sample::select(vec![",", ";", "\t"]),
    ) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut text = ["user", "item", "time\n"].join(separator);
        let mut expected: Vec<(String, Vec<(u32, String)>)> = Vec::new();
        for (user, item, time) in &rows {
            let line = [quoted(user), quoted(item), time.to_string()].join(separator);
            text += &(line + "\n");
            let (user, item) = (user.trim_ascii(), item.trim_ascii());
            if user.is_empty() || item.is_empty() {
                continue;
            }
            let place = expected.iter().position(|(other, _)| other == user).unwrap_or_else(|| {
                expected.push((user.to_owned(), Vec::new()));
                expected.len() - 1
            });
            expected[place].1.push((*time, item.to_owned()));
        }
        let good: usize = expected.iter().map(|(_, items)| items.len()).sum();
        prop_assume!(good * 2 >= rows.len());
        for (_, items) in &mut expected {
            items.sort_by_key(|&(time, _)| time);
            let all = items.clone();
            let mut place = 0;
            items.retain(|(_, item)| {
                place += 1;
                !all[place..].iter().any(|(_, other)| other == item)
            });
        }
        let expected = expected
            .into_iter()
            .map(|(user, items)| (user, items.into_iter().map(|(_, item)| item).collect()))
            .collect();
        prop_assert_eq!(parse(&text, &ColumnNames::default(), None), Ok(expected));
    }
}
