//! The replay as one page that needs nothing but itself: no network, no font, no other file. All text of the account is escaped.

mod table;
mod timeline;

use jiff::Timestamp;

use super::{
    Replay,
    incident::Incident,
    text::{count, happened},
};
use crate::output::harmless;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The page.
pub(super) fn page(replay: &Replay) -> String {
    let account = replay.account.as_deref().unwrap_or("unknown account");
    let place = format!("{account} · {}", replay.region);
    fill(|slot| match slot {
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "place" => escaped(&place),
        "scope" => escaped(&replay.scope()),
        "tiles" => tiles(replay),
        "timeline" => timeline::of(replay),
        "rows" => table::rows(replay),
        "advice" => table::advice(replay),
        "unknown" => {
            let items: Vec<String> = replay.not_known().iter().map(|unknown| escaped(&capital(unknown))).collect();
            format!(
                "<li>{}.</li>",
                items.join(
                    ".</li>
<li>"
                )
            )
        }
        _ => String::new(),
    })
}

/// The template with its slots `<!--put name-->` filled. Text in a slot is not searched for further ones.
fn fill(slot: impl Fn(&str) -> String) -> String {
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("<!--put ") {
        let (name, after) = after.split_once("-->").unwrap_or((after, ""));
        page.push_str(before);
        page.push_str(&slot(name));
        rest = after;
    }
    page + rest
}

fn tiles(replay: &Replay) -> String {
    let totals = &replay.totals;
    let mut tiles = vec![
        ("roll", totals.would_roll_back, "would have been rolled back", replay.undone()),
        ("late", totals.too_late, "alarms too late", "fired after the deployment had ended".to_owned()),
        ("left", totals.left_alone, "left alone", replay.by_reason(|incident| !incident.has_failed())),
    ];
    if totals.not_judged > 0 {
        tiles.push(("fail", totals.not_judged, "not judged", "something could not be read".to_owned()));
    }
    let tile = |(class, number, what, more): (&str, usize, &str, String)| {
        let more = escaped(&more);
        format!("<div class=\"tile {class}\"><b>{number}</b><span>{what}</span><small>{more}</small></div>\n")
    };
    tiles.into_iter().map(tile).collect()
}

/// The kind of an incident: its colour and its filter.
fn kind(incident: &Incident) -> &'static str {
    if incident.is_rollback() {
        "roll"
    } else if incident.is_too_late() {
        "late"
    } else if incident.has_failed() {
        "fail"
    } else {
        "left"
    }
}

/// The verdict in words: what the function would have done.
fn verdict(incident: &Incident) -> &'static str {
    match kind(incident) {
        "roll" => "would roll back",
        "late" => "too late",
        "fail" => "not judged",
        _ => "left alone",
    }
}

/// What became of it, in one sentence.
fn outcome(incident: &Incident) -> String {
    let (happened, _) = happened(incident);
    if happened.is_empty() { String::new() } else { capital(&happened) }
}

/// A time for people, to the second.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// Text without control characters, safe between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in harmless(text).chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_can_leave_its_place() {
        assert_eq!(
            escaped("<b title=\"x\" id='y'>&\u{202e}"),
            "&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;\u{fffd}"
        );
    }

    #[test]
    fn a_name_that_looks_like_a_slot_is_left_as_it_is() {
        let page = fill(|slot| if slot == "rows" { "<!--put script-->".to_owned() } else { String::new() });
        assert!(page.contains("<!--put script-->"));
    }

    #[test]
    fn every_slot_of_the_template_has_its_content() {
        let known = ["style", "script", "place", "scope", "tiles", "timeline", "rows", "advice", "unknown"];
        let unknown = std::cell::RefCell::new(Vec::new());
        fill(|slot| {
            if !known.contains(&slot) {
                unknown.borrow_mut().push(slot.to_owned());
            }
            String::new()
        });
        assert_eq!(unknown.into_inner(), Vec::<String>::new());
        assert_eq!(known.iter().filter(|name| PAGE.contains(&format!("<!--put {name}-->"))).count(), known.len());
    }
}
