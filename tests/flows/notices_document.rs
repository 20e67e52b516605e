//! The document that shows each notice, made by a test and held to the code.

use std::{fs, path::Path, time::Duration};

use expect_test::expect_file;
use serde_json::Value;
use signals::{Alarm, EcsEvent, Metric, at};
use simulator::{Alarm as SimulatedAlarm, DeploymentSeed, Fault, Operation, RollbackEnd, ServiceSeed, Status};

use crate::{
    follow_up::go_on,
    notices::{messages, shop, world},
    support::{World, alarm, request},
};

/// One example of each kind of notice.
async fn examples() -> Vec<(Value, String, String)> {
    let mut examples = Vec::new();
    let first = |world: &World, nth: usize| messages(world).remove(nth);

    let one = world(&[("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/ecs-auto-rollback")]);
    one.plant(shop());
    one.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").on_service("prod/web"));
    one.outcome(&alarm()).await;
    examples.push(first(&one, 0));
    // Before the other examples let time pass, in which ECS would finish unheard.
    go_on(&one, Duration::from_mins(5)).await;
    let rollback_successful = first(&one, 1);

    let observing = world(&[("ROLLBACK_MODE", "observe")]);
    observing.plant(shop());
    observing.outcome(&alarm()).await;
    examples.push(first(&observing, 0));

    let limited = world(&[("ROLLBACK_LIMIT", "1")]);
    let before = DeploymentSeed::of("web:40")
        .status(Status::RollbackSuccessful)
        .created(at("11:30:00"))
        .finished(at("11:40:00"));
    limited.plant(ServiceSeed::new("prod/web").deployed("web:39").with(before).deploying("web:42"));
    limited.outcome(&alarm()).await;
    examples.push(first(&limited, 0));

    let left_alone = world(&[]);
    left_alone.plant(shop());
    left_alone.outcome(&Alarm::on("prod/web").since(at("11:49:00")).as_action()).await;
    examples.push(first(&left_alone, 0));

    let too_late = world(&[]);
    let last = DeploymentSeed::of("web:42").status(Status::Successful).created(at("11:40:00")).finished(at("11:54:00"));
    too_late.plant(ServiceSeed::new("prod/web").deployed("web:41").with(last));
    too_late.outcome(&alarm()).await;
    examples.push(first(&too_late, 0));

    let unwired = world(&[]);
    unwired.outcome(&Alarm::of(Metric::new("Shop", "Errors")).named("shop errors").as_action()).await;
    examples.push(first(&unwired, 0));

    for (exception, message) in [
        (
            "ConflictException",
            "The request could not be processed because of conflict in the current state of the resource.",
        ),
        ("AccessDeniedException", "You don't have authorization to perform the requested action."),
    ] {
        let world = world(&[]);
        world.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
        world.aws().inject(Fault::exception(exception, message).on(Operation::StopServiceDeployment));
        world.report(&alarm()).await;
        examples.push(first(&world, 0));
    }

    examples.push(rollback_successful);

    let failing = world(&[]);
    let seed = DeploymentSeed::of("web:42").rollback_ends(RollbackEnd::Failed).revision("42");
    failing.plant(ServiceSeed::new("prod/web").deployed("web:41").with(seed));
    failing.outcome(&request()).await;
    tokio::time::sleep(Duration::from_mins(5)).await;
    let now = failing.aws().now();
    let event = EcsEvent::deployment("prod/web", "SERVICE_DEPLOYMENT_FAILED", "ecs-svc/42").at(now).as_json();
    failing.outcome(&event).await;
    examples.push(first(&failing, 1));

    one.aws().ecs.deploy("prod/web", "web:42");
    go_on(&one, Duration::from_secs(30)).await;
    examples.push(first(&one, 2));

    let unprotected = world(&[("ROLLBACK_FOLLOW_DEPLOYMENTS", "outcomes-and-unprotected")]);
    unprotected.plant(ServiceSeed::new("prod/web").deployed("web:41"));
    unprotected.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("web-5xx").on_service("prod/web").in_alarm());
    unprotected.aws().ecs.deploy("prod/web", "web:42");
    go_on(&unprotected, Duration::from_secs(30)).await;
    examples.push(first(&unprotected, 0));
    examples
}

#[tokio::test(start_paused = true)]
async fn the_document_shows_each_notice_as_it_is() {
    const BEGIN: &str = "<!-- examples:begin -->\n";
    let examples = examples().await;
    let kinds: Vec<&str> = examples
        .iter()
        .map(|(chat, ..)| chat["metadata"]["additionalContext"]["notice"].as_str().expect("a kind"))
        .collect();
    assert_eq!(kinds, ecs_auto_rollback::notice_kinds());
    let mut text = String::new();
    for ((chat, subject, email), kind) in examples.iter().zip(&kinds) {
        let email = email.trim_end();
        text.extend([format!(
            "## `{kind}`\n\nAs an e-mail, with the subject “{subject}”:\n\n```text\n{email}\n```\n\n"
        )]);
        if *kind == "rolled-back" {
            let pretty = serde_json::to_string_pretty(chat).expect("JSON");
            text.extend([format!("As a custom notification:\n\n```json\n{pretty}\n```\n\n")]);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/notices.md");
    let document = fs::read_to_string(&path).expect("the page");
    let (before, _) = document.split_once(BEGIN).expect("the beginning of the examples");
    expect_file![path].assert_eq(&format!("{before}{BEGIN}{}\n", text.trim_end()));
}
