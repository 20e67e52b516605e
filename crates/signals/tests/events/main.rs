//! Builds every file of `events/`. A builder without a file to compare with would only be a guess at what AWS sends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod actions;
mod deliveries;
mod same;

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use self::same::assert_same;

/// Payloads by file name.
type Files = BTreeMap<String, Value>;

fn files() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let read = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect()
}

#[test]
fn the_builders_make_every_file_of_events_and_no_other() {
    let (files, built) = (files(), [actions::built(), deliveries::built()].into_iter().flatten().collect::<Files>());
    assert_eq!(built.keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
    for (name, file) in &files {
        assert_same(&built[name], file, name);
    }
}
