//! Progress on long work, shown on standard error of a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::Screen;

/// The progress of one piece of work. It disappears when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Work that is `doing` something, in `steps` if their number is known.
    pub(crate) fn new(screen: &Screen, doing: &str, steps: Option<usize>) -> Self {
        if !screen.shows_progress {
            return Self(ProgressBar::hidden());
        }
        let bar = match steps {
            Some(steps) => ProgressBar::new(steps as u64),
            None => ProgressBar::new_spinner(),
        };
        let template = if steps.is_some() { "{msg} {pos}/{len} {wide_bar}" } else { "{spinner} {msg} {pos}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(doing.to_owned());
        Self(bar)
    }

    /// One more step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
