use std::cell::Cell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What a command is busy with, how far it is, and for how long it will go on; nothing where nobody sees it.
pub(crate) struct Progress {
    bar: ProgressBar,
    doing: Cell<&'static str>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(1000);
        if let Ok(style) =
            ProgressStyle::with_template("{msg} {bar:30} {percent}%, {elapsed} so far, {eta} left")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, doing: Cell::new("") }
    }

    /// `share` of it is done.
    pub(crate) fn show(&self, doing: &'static str, share: f64) {
        if self.doing.replace(doing) != doing {
            self.bar.reset();
            self.bar.set_message(doing);
        }
        self.bar.set_position((1000.0 * share) as u64);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
