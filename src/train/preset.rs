use std::str::FromStr;

use crate::json::{Fault, FromJson, Value, read_names};

/// Sizes to choose from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preset {
    /// At most 46 bytes an item.
    Nano,
    /// At most 70 bytes an item.
    Small,
    /// At most 140 bytes an item.
    #[default]
    Base,
    /// At most 840 bytes an item: as good as the dense model.
    Large,
}

impl Preset {
    /// All, by what the command line calls them.
    pub const NAMED: [(&str, Preset); 4] =
        [("nano", Preset::Nano), ("small", Preset::Small), ("base", Preset::Base), ("large", Preset::Large)];

    /// How many bytes an item may take.
    pub fn budget(self) -> Budget {
        Budget::BytesPerItem(match self {
            Preset::Nano => 46,
            Preset::Small => 70,
            Preset::Base => 140,
            Preset::Large => 840,
        })
    }
}

read_names! { Preset { Nano: "nano", Small: "small", Base: "base", Large: "large" } }

/// How large a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So many in all.
    Bytes(usize),
    /// So many for each item.
    BytesPerItem(usize),
}

impl Budget {
    /// For so many items; of a fixed size as many more that nobody has had yet take their share.
    pub fn bytes(self, items: usize, unseen: usize) -> usize {
        match self {
            Budget::Bytes(bytes) => (bytes as f64 * items as f64 / (items + unseen).max(1) as f64) as usize,
            Budget::BytesPerItem(bytes) => bytes.saturating_mul(items),
        }
    }
}

/// As `300KB`, or `70B/item`.
impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (size, per_item) = match text.strip_suffix("/item") {
            Some(size) => (size, true),
            None => (text, false),
        };
        let digits = size.trim_end_matches(|unit: char| !unit.is_ascii_digit());
        let unit = match size[digits.len()..].trim() {
            "" | "B" => 1,
            "kB" | "KB" => 1000,
            "MB" => 1_000_000,
            other => return Err(format!("{other:?} is not B, KB or MB")),
        };
        let number: usize = digits.parse().map_err(|_| format!("{digits:?} is not a whole number"))?;
        let bytes = number.checked_mul(unit).ok_or("is too large")?;
        Ok(if per_item { Budget::BytesPerItem(bytes) } else { Budget::Bytes(bytes) })
    }
}

impl FromJson for Budget {
    fn from_json(value: Value) -> Result<Self, Fault> {
        String::from_json(value)?.parse().map_err(|reason: String| value.fault(&reason))
    }
}
