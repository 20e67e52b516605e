//! The payloads of `events/`, from which inputs are made.

use std::{fs, path::Path};

use serde_json::Value;
use simulator::{Aws, Scenario};

/// The payloads of `events/`, with every service of the scenario in them called `prod/web`, and every revision 42.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The payloads as JSON.
    pub events: Vec<Value>,
    /// The payloads as bytes.
    pub texts: Vec<Vec<u8>>,
}

/// The id of the service deployment in flight of `prod/web`.
pub const WEB_IN_FLIGHT: &str = "NCWGC2ZR-taawPAYrIaU5";

impl Corpus {
    /// Reads the payloads.
    ///
    /// # Panics
    /// If a file cannot be read.
    #[must_use]
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let scenario = fs::read_to_string(root.join("crates/simulator/scenarios/shop.toml")).expect("the scenario");
        let scenario: Scenario = scenario.parse().expect("a scenario");
        let services = Aws::from_scenario(&scenario).expect("a scenario").ecs.services();
        let names: Vec<&str> = services.iter().filter_map(|service| service.service.strip_prefix("prod/")).collect();
        let mut files: Vec<_> = fs::read_dir(root.join("events")).expect("events").flatten().collect();
        files.sort_by_key(fs::DirEntry::path);
        let texts: Vec<String> =
            files.iter().map(|file| about_web(&fs::read_to_string(file.path()).expect("an event"), &names)).collect();
        Self {
            events: texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect(),
            texts: texts.into_iter().map(String::into_bytes).collect(),
        }
    }
}

fn about_web(text: &str, names: &[&str]) -> String {
    let mut text = text.to_owned();
    for name in names {
        for (before, after) in [
            (format!("\"{name}\""), "\"web\"".to_owned()),
            (format!("\"{name}\\\""), "\"web\\\"".to_owned()),
            (format!("prod/{name}\""), "prod/web\"".to_owned()),
            (format!("prod/{name}\\"), "prod/web\\".to_owned()),
            (format!("prod/{name}/"), "prod/web/".to_owned()),
            (format!("prod/{name} "), "prod/web ".to_owned()),
        ] {
            text = text.replace(&before, &after);
        }
    }
    let text = replace_after(&text, "service-deployment/prod/web/", WEB_IN_FLIGHT);
    replace_after(&text, "ecs-svc/", "42")
}

/// Replaces the id after each `mark`.
fn replace_after(text: &str, mark: &str, id: &str) -> String {
    let mut parts = text.split(mark);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        done.push_str(mark);
        done.push_str(id);
        done.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    }
    done
}
