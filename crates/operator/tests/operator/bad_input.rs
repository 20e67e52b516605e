//! What goes wrong before any command begins.

use clap::Parser;
use operator::{Arguments, Screen};
use simulator::{Fault, Operation};

use crate::cloud::Cloud;

const SCREEN: Screen = Screen { is_json: false, width: 80, is_coloured: false, shows_progress: false };

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_said_in_plain_words() {
    let cloud = Cloud::new();
    let fault = Fault::exception(
        "RequestTimeTooSkewed",
        "The difference between the request time and the server's time is too large.",
    );
    cloud.aws().inject(fault.on(Operation::GetCallerIdentity));
    let sentence = cloud.run(&["pending"]).await.expect_err("no answer").sentence();
    assert!(sentence.contains("The clock of this machine is off"), "{sentence}");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_a_region_does_not_know_are_said_to_be_so() {
    let cloud = Cloud::new();
    cloud.aws().inject(
        Fault::exception("InvalidClientTokenId", "The security token is invalid.").on(Operation::GetCallerIdentity),
    );
    let sentence = cloud.run(&["pending"]).await.expect_err("no answer").sentence();
    assert!(sentence.contains("not known in this Region"), "{sentence}");
}

#[tokio::test(start_paused = true)]
async fn without_a_region_nothing_is_asked() {
    let cloud = Cloud::new();
    let mut config = cloud.config().into_builder();
    config.set_region(None);
    let arguments = Arguments::parse_from(["ecs-rollback", "pending"]);
    let now = cloud.aws().now();
    let sentence = operator::answer(arguments, config.build(), SCREEN, now).await.expect_err("no answer").sentence();
    assert!(sentence.starts_with("no Region is set"), "{sentence}");
    assert!(cloud.called().is_empty());
}
