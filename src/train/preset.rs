/// Sizes to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// At most 46 bytes an item.
    Nano,
    /// At most 70 bytes an item.
    Small,
    /// At most 140 bytes an item.
    Base,
    /// At most 840 bytes an item: as good as the dense model.
    Large,
}

impl Preset {
    /// All, by what the command line calls them.
    pub const NAMED: [(&str, Preset); 4] =
        [("nano", Preset::Nano), ("small", Preset::Small), ("base", Preset::Base), ("large", Preset::Large)];

    /// How many bytes an item may take.
    pub fn bytes_per_item(self) -> usize {
        match self {
            Preset::Nano => 46,
            Preset::Small => 70,
            Preset::Base => 140,
            Preset::Large => 840,
        }
    }
}
