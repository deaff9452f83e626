use super::item::{ROLES, Role};
use crate::error::ErrorMessage;
use crate::json::{ToJson, Writer, quoted, write_fields, write_names};

/// What was read, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogReport {
    /// Items in the catalog.
    pub items: usize,
    /// Bad items that were left out.
    pub skipped: usize,
    /// The first [`CatalogReport::MAX_PROBLEMS`] of them.
    pub problems: Vec<SkippedItem>,
    /// What was taken for what.
    pub fields: FieldReports,
    /// Paths that the options name, and that no item has.
    pub unknown: Vec<UnknownField>,
}

/// A path that the options name, and that no item has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// What it was named for.
    pub field: &'static str,
    /// The path.
    pub path: String,
}

impl CatalogReport {
    /// So many skipped items are described.
    pub const MAX_PROBLEMS: usize = 100;

    /// Its fields, of a larger object.
    pub fn write_fields(&self, writer: &mut Writer) {
        writer.field("items", &self.items);
        writer.field("skipped", &self.skipped);
        writer.field("problems", &self.problems);
        writer.field("fields", &self.fields);
        writer.field("unknown", &self.unknown);
    }

    /// What people should know, though the catalog can be used.
    pub fn warnings(&self) -> impl Iterator<Item = ErrorMessage> {
        self.unknown.iter().map(|UnknownField { field, path }| ErrorMessage {
            code: "FIELD_UNKNOWN".into(),
            message: format!(
                "no item of the catalog has {}, which the option fields.{field} names",
                quoted(path)
            ),
        })
    }
}

/// An item that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedItem {
    /// Its place among the items of the file, from 0.
    pub index: usize,
    /// The byte of the file at which it starts.
    pub offset: usize,
    /// The stable code of what is wrong.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

/// For each of an item's parts where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldReports(Box<[FieldReport; ROLES.len()]>);

/// Where a part of the items comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldReport {
    /// The paths in the catalog.
    pub from: Vec<String>,
    /// Who says so.
    pub by: SaidBy,
    /// How many of the items have it.
    pub items: usize,
    /// How many of the items have something there that cannot be read.
    pub unread: usize,
    /// What is wrong with the first of these.
    pub problem: Option<String>,
}

/// Who says where something comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaidBy {
    /// The options.
    Options,
    /// A preset.
    Preset,
    /// Nobody: it is called so, and looks like it.
    #[default]
    Guess,
}

impl FieldReports {
    pub(super) fn of(&self, role: Role) -> &FieldReport {
        &self.0[role as usize]
    }

    pub(super) fn of_mut(&mut self, role: Role) -> &mut FieldReport {
        &mut self.0[role as usize]
    }

    /// The documented names, and where each comes from.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &FieldReport)> {
        ROLES.into_iter().map(Role::name).zip(self.0.iter())
    }
}

impl ToJson for FieldReports {
    fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            for (name, report) in self.iter().filter(|(_, report)| !report.from.is_empty()) {
                writer.field(name, report);
            }
        });
    }
}

write_fields! { FieldReport { from: "from", by: "by", items: "items", unread: "unread", problem: "problem" } }
write_fields! { UnknownField { field: "field", path: "path" } }
write_fields! { SkippedItem { index: "index", offset: "offset", code: "code", message: "message" } }
write_names! { SaidBy { Options: "options", Preset: "preset", Guess: "guess" } }
