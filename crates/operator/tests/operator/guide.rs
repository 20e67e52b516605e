//! The output in `docs/guide/operator.md` is real. `UPDATE_EXPECT=1` updates it.

use std::{fs, path::Path};

use expect_test::expect_file;

use crate::cloud::Cloud;

const PAGE: &str = "../../docs/guide/operator.md";

/// Runs each command in the account where it has most to show, and holds the page to what it wrote.
#[tokio::test(start_paused = true)]
async fn the_guide_shows_what_the_commands_write() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let mut page = fs::read_to_string(&path).expect("the page");
    let month = Cloud::of_scenario("month");
    let shop = Cloud::of_scenario("shop");
    let installed = Cloud::installed(&[]);
    let commands: [(&str, &Cloud, &[&str]); 9] = [
        ("coverage", &month, &["coverage"]),
        ("replay", &month, &["replay", "--days", "30"]),
        ("timing", &month, &["timing", "prod/web"]),
        ("explain", &shop, &["explain", "--service", "prod/web"]),
        ("why", &month, &["why", "prod/web", "--at", "2026-05-28T15:00:50Z"]),
        ("doctor", &installed, &["doctor"]),
        ("pending", &shop, &["pending"]),
        ("hold", &shop, &["hold", "prod/web", "--for", "2h", "--reason", "load test", "--yes"]),
        ("rehearse", &shop, &["rehearse", "prod/web"]),
    ];
    for (part, cloud, line) in commands {
        let text = match cloud.run(line).await {
            Ok(shown) => shown.text,
            Err(failure) => panic!("{part}: {failure}"),
        };
        let line: Vec<String> = line.iter().map(|word| quoted(word)).collect();
        page = with(&page, part, &format!("```console\n$ ecs-rollback {}\n{text}```\n", line.join(" ")));
    }
    expect_file![path].assert_eq(&page);
}

fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

fn with(page: &str, part: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {part}:begin -->\n"), format!("<!-- {part}:end -->"));
    let (before, rest) = page.split_once(&begin).expect("the beginning of the part");
    let (_, after) = rest.split_once(&end).expect("the end of the part");
    format!("{before}{begin}{text}{end}{after}")
}
