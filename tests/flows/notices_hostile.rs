//! Notices of texts that strangers write: none can forge a line, a mention or a link.

use std::time::Duration;

use serde_json::Value;
use signals::{Alarm, Metric, at};
use simulator::{Alarm as SimulatedAlarm, DeploymentSeed, Fault, Operation, ServiceSeed, Status, TaskFailure};

use crate::{
    follow_up::go_on,
    notices::{kinds, messages, notices, world},
    support::{World, in_flight},
};

/// A text that tries everything.
const HOSTILE: &str = "<!channel> <@U123> @here #general [ok](https://evil.example) <https://evil.example|ok> *b* _i_ ~s~ `c` \
                       http://evil.example www.evil.example\nForged: line\r\n> Forged\u{2028}Forged\u{85}Forged\u{1b}[31m\
                       \u{202e}Forged\u{2066}\u{200f}\u{0}end";

/// The addresses that a notice itself gives.
const LINKS: [&str; 2] =
    ["https://us-east-1.console.aws.amazon.com/", "https://ecs-auto-rollback.github.io/ecs-auto-rollback/v"];

fn hostile() -> Alarm {
    Alarm::of(Metric::new(HOSTILE, HOSTILE).service("prod/web")).named(HOSTILE).because(HOSTILE)
}

/// A service whose images and stopped tasks are hostile.
fn shop() -> ServiceSeed {
    let stopped = TaskFailure::new(HOSTILE, Some(1)).container_reason(HOSTILE);
    let deployment = DeploymentSeed::of("web:42").image(HOSTILE).stopped(stopped);
    ServiceSeed::new("prod/web").deployed("web:41").with(deployment)
}

/// Every text in a value, with its place.
fn texts(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((place.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, place, found)),
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| texts(member, &format!("{place}/{name}"), found));
        }
        _ => {}
    }
}

/// A text without the addresses and commands of the notice itself.
fn foreign(text: &str) -> String {
    let words = text.split(' ').filter(|word| !LINKS.iter().any(|link| word.starts_with(link)));
    let text = words.collect::<Vec<_>>().join(" ");
    text.split('`')
        .enumerate()
        .filter(|(n, part)| n % 2 == 0 || !part.starts_with("aws "))
        .map(|(_, part)| part)
        .collect()
}

/// The characters that no person sees, or that change the order of others.
fn is_hidden(c: char) -> bool {
    c.is_control() || "\u{2028}\u{202e}\u{2066}\u{200f}".contains(c)
}

/// Holds every text of a world's notices against what it must not be, and gives their kinds.
fn check(world: &World) -> Vec<String> {
    for (chat, subject, email) in messages(world) {
        let mut found = Vec::new();
        texts(&chat, "", &mut found);
        for (place, text) in found {
            let lines = text.lines().collect::<Vec<_>>();
            assert!(lines.len() == 1 || place == "/content/description", "{place}: {text}");
            // An id is percent-encoded, and no client shows it as text.
            let is_id = text == chat["id"];
            for line in lines {
                // With a space after it, it begins no address.
                let text = foreign(line).replace(":// ", "");
                assert!(!line.contains(is_hidden) && !line.trim_start().starts_with("Forged"), "{place}: {line}");
                assert!(is_id || !text.contains(['<', '>', '@', '#', '*', '~', '|', '`']), "{place}: {text}");
                for markup in ["](", "_i_", "://", "evil.example", "www.e"] {
                    assert!(is_id || !text.contains(markup), "{place}: {text}");
                }
            }
        }
        assert!(!subject.contains("Forged: line\n"));
        for line in email.lines() {
            assert!(!line.contains(is_hidden) && !line.trim_start_matches(['>', ' ']).starts_with("Forged"), "{line}");
            let text = foreign(line).replace(":// ", "");
            assert!(!text.contains("://") && !text.contains("www.e"), "{line}");
        }
    }
    for notice in notices(world) {
        let mut found = Vec::new();
        texts(&notice, "", &mut found);
        assert!(found.iter().all(|(_, text)| !text.contains(char::is_control)), "{notice}");
    }
    kinds(world)
}

async fn decided(variables: &[(&str, &str)], seed: ServiceSeed, fault: Option<Fault>, event: &Value) -> Vec<String> {
    let world = world(variables);
    world.plant(seed);
    if let Some(fault) = fault {
        world.aws().inject(fault);
    }
    world.report(event).await;
    check(&world)
}

#[tokio::test(start_paused = true)]
async fn no_text_of_strangers_forges_a_line_a_mention_or_a_link_in_a_notice_about_a_decision() {
    let alarm = hostile().as_action();
    assert_eq!(decided(&[], shop(), None, &alarm).await, ["rolled-back"]);
    assert_eq!(decided(&[("ROLLBACK_MODE", "observe")], shop(), None, &alarm).await, ["would-roll-back"]);
    let refused = |code, operation| Some(Fault::exception(code, HOSTILE).on(operation));
    let conflict = refused("ConflictException", Operation::StopServiceDeployment);
    assert_eq!(decided(&[], shop(), conflict, &alarm).await, ["conflict"]);
    let denied = refused("AccessDeniedException", Operation::StopServiceDeployment);
    assert_eq!(decided(&[], shop(), denied, &alarm).await, ["failed"]);
    let unread = refused("AccessDeniedException", Operation::ListTasks);
    assert_eq!(decided(&[], shop(), unread, &alarm).await, ["rolled-back"]);
    let unknown = refused("AccessDeniedException", Operation::DescribeServices);
    assert_eq!(decided(&[], shop(), unknown, &alarm).await, ["failed"]);

    let request = signals::request("prod/web", HOSTILE);
    assert_eq!(decided(&[], shop(), None, &request).await, ["rolled-back"]);

    let before = DeploymentSeed::of("web:40").status(Status::RollbackSuccessful);
    let before = before.created(at("11:30:00")).finished(at("11:40:00"));
    let seed = ServiceSeed::new("prod/web").deployed("web:39").with(before).deploying("web:42");
    assert_eq!(decided(&[("ROLLBACK_LIMIT", "1")], seed, None, &alarm).await, ["rollback-limit"]);

    let old = hostile().since(at("11:49:00")).as_action();
    assert_eq!(decided(&[], shop(), None, &old).await, ["left-alone"]);

    let done = DeploymentSeed::of("web:42").image(HOSTILE).status(Status::Successful);
    let done = done.created(at("11:40:00")).finished(at("11:54:00"));
    let seed = ServiceSeed::new("prod/web").deployed("web:41").with(done);
    assert_eq!(decided(&[], seed, None, &alarm).await, ["too-late"]);

    let lost = Alarm::of(Metric::new(HOSTILE, HOSTILE)).named(HOSTILE).because(HOSTILE).as_action();
    assert_eq!(decided(&[], in_flight("prod/web"), None, &lost).await, ["led-nowhere"]);
}

#[tokio::test(start_paused = true)]
async fn no_text_of_strangers_forges_a_line_a_mention_or_a_link_in_a_notice_about_a_follow_up() {
    let world = world(&[("ROLLBACK_FOLLOW_DEPLOYMENTS", "outcomes-and-unprotected")]);
    world.plant(shop());
    let alarm = SimulatedAlarm::metric(HOSTILE).on_service("prod/web").in_alarm();
    world.aws().cloudwatch.put_alarm(alarm);
    world.outcome(&hostile().as_action()).await;
    go_on(&world, Duration::from_mins(5)).await;
    world.aws().ecs.deploy("prod/web", "web:42");
    go_on(&world, Duration::from_secs(30)).await;
    assert_eq!(check(&world), ["rolled-back", "rollback-successful", "redeployed", "unprotected"]);
}

#[tokio::test(start_paused = true)]
async fn programs_get_a_text_as_it_is_but_for_control_characters() {
    let world = world(&[]);
    world.plant(shop());
    world.outcome(&hostile().as_action()).await;
    let name = notices(&world)[0]["signal"]["name"].as_str().expect("a name").to_owned();
    assert_eq!(name, HOSTILE.replace(char::is_control, " "));
}
