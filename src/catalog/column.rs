use super::path::{Path, Step, walk};
use super::value::Value;
use super::{Catalog, NO_YEAR};
use crate::json::{ToJson, Writer};

/// One value an item, in the catalog's order.
pub enum ColumnValues {
    /// Numbers; NaN where nobody knows.
    Numbers(Vec<f32>),
    /// A JSON array.
    Json(String),
}

impl Catalog {
    /// What a field is of all items: `id` and `title` as strings, `genres` as lists of names, `year` and `popularity` as numbers, as they were read;
    /// any other is a path in the items' own objects, whose value is `null` where an item has none, and the list of all where it has `[]`.
    pub fn column(&self, field: &str) -> ColumnValues {
        let items = 0..self.len() as u32;
        let json = |write: &dyn Fn(u32, &mut Writer)| {
            let mut writer = Writer::default();
            writer.array(|writer| items.clone().for_each(|item| write(item, writer)));
            ColumnValues::Json(writer.finish())
        };
        match field {
            "id" => json(&|item, writer| self.id(item).write(writer)),
            "title" => json(&|item, writer| self.title(item).write(writer)),
            "genres" => json(&|item, writer| {
                let genres = self.features.genres.row(item as usize);
                writer.array(|writer| {
                    genres.iter().for_each(|&genre| self.genres.get(genre as usize).write(writer));
                });
            }),
            "year" => {
                let number = |&year: &i16| if year == NO_YEAR { f32::NAN } else { year.into() };
                ColumnValues::Numbers(self.features.years.iter().map(number).collect())
            }
            "popularity" => ColumnValues::Numbers(self.features.popularity.clone()),
            _ => {
                let path = Path::of_field(field);
                let is_list = path.steps.contains(&Step::Each);
                json(&|item, writer| {
                    let source = self.source(item);
                    let mut found = Vec::new();
                    walk(Value::new(&source), &path.steps, &mut |value| found.push(value.json));
                    if is_list {
                        writer.array(|writer| found.iter().for_each(|json| writer.raw(json)));
                    } else {
                        writer.raw(found.first().unwrap_or(&"null"));
                    }
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, CatalogOptions, ColumnValues};

    #[test]
    fn a_column_is_what_was_read_or_a_path_in_the_items() {
        let json = r#"[{"id": 7, "title": "Heat", "genres": ["Crime", "Drama"], "year": 1995, "on": {"tv": ["A", "B"]}, "added": "2026-01-02"},
            {"id": "b\"", "title": "B", "popularity": 3, "on": {"tv": []}, "added": NaN}]"#;
        let (catalog, _) =
            Catalog::parse(json.into(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        for (field, expected) in [
            ("id", r#"["7","b\""]"#),
            ("title", r#"["Heat","B"]"#),
            ("genres", r#"[["Crime","Drama"],[]]"#),
            ("added", r#"["2026-01-02",null]"#),
            ("on.tv", r#"[["A", "B"],[]]"#),
            ("on.tv[]", r#"[["A","B"],[]]"#),
            ("price", "[null,null]"),
        ] {
            let ColumnValues::Json(found) = catalog.column(field) else { panic!("{field} is numbers") };
            assert_eq!(found, expected, "{field}");
        }
        for (field, expected) in [("year", [1995.0, f32::NAN]), ("popularity", [f32::NAN, 3.0])] {
            let ColumnValues::Numbers(found) = catalog.column(field) else { panic!("{field} is no numbers") };
            assert_eq!(
                found.iter().map(|value| value.to_bits()).collect::<Vec<_>>(),
                expected.map(f32::to_bits)
            );
        }
    }
}
