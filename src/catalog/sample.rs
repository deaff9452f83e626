use super::document::fold;
use super::value::{Kind, Value, has_escapes};
use crate::text::{part, unescape};

/// The first items of a file, from which it is seen what is where.
#[derive(Debug, Default)]
pub(super) struct Sample {
    text: String,
    items: Vec<Sampled>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
struct Sampled {
    /// Where it is in the sample.
    start: usize,
    end: usize,
    /// Where it is in the file.
    offset: usize,
}

impl Sample {
    /// So many items are enough, or so many bytes of them.
    const ITEMS: usize = 100;
    const BYTES: usize = 1 << 20;

    pub(super) fn push(&mut self, item: &str, offset: usize) {
        let start = self.text.len();
        self.text.push_str(item);
        self.items.push(Sampled { start, end: self.text.len(), offset });
    }

    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= Sample::ITEMS || self.text.len() >= Sample::BYTES
    }

    /// The items, and where each is in the file.
    pub(super) fn items(&self) -> impl Iterator<Item = (&str, usize)> {
        self.items.iter().map(|item| (part(&self.text, item.start..item.end), item.offset))
    }

    /// Those that are objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = Value<'_>> {
        self.items().map(|(text, _)| Value::new(text)).filter(|item| item.kind() == Kind::Object)
    }

    /// The fields of the items, and of objects in them, in the order in which they come first.
    pub(super) fn columns(&self) -> Vec<Column<'_>> {
        let mut columns = Vec::new();
        for item in self.objects() {
            for (name, value) in item.members() {
                let name = plain(name);
                add(&mut columns, &name, value);
                if value.kind() == Kind::Object
                    && value.plain().kind() == Kind::Object
                    && !name.contains(['.', '['])
                {
                    for (inner, value) in value.members().take(MAX_COLUMNS) {
                        add(&mut columns, &format!("{name}.{}", plain(inner)), value);
                    }
                }
            }
        }
        columns
    }
}

/// What the items have at one path; `null` is nothing.
#[derive(Debug)]
pub(super) struct Column<'a> {
    pub(super) path: String,
    /// The path in lower case and without other signs, as names are compared.
    pub(super) folded: String,
    pub(super) values: Vec<Value<'a>>,
}

impl Column<'_> {
    /// Of all values together, in bytes.
    pub(super) fn length(&self) -> usize {
        self.values.iter().map(|value| value.json.len()).sum()
    }
}

/// So many fields are told apart.
const MAX_COLUMNS: usize = 256;

fn add<'a>(columns: &mut Vec<Column<'a>>, path: &str, value: Value<'a>) {
    if value.kind() == Kind::Null {
        return;
    }
    match columns.iter().position(|column| column.path == path) {
        Some(place) => columns[place].values.push(value),
        None if columns.len() < MAX_COLUMNS => {
            columns.push(Column { path: path.to_owned(), folded: fold(path), values: vec![value] });
        }
        None => {}
    }
}

/// A name without escapes.
fn plain(name: &str) -> String {
    if has_escapes(name) {
        unescape(name, Some(char::REPLACEMENT_CHARACTER)).unwrap_or_default()
    } else {
        name.to_owned()
    }
}
