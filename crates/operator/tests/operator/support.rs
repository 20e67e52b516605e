//! A simulated account, and what the program answers about it.

use clap::Parser;
use operator::{Arguments, End, Failure, Screen, Shown, answer};
use serde_json::Value;
use simulator::{Aws, Home, LambdaFunction, sdk::Network};

use crate::cloud::SIGNALS;

/// The time at which the simulation begins.
pub(crate) const NOON: &str = "2026-06-01T12:00:00Z";

/// An empty account.
pub(crate) fn empty() -> Aws {
    Aws::new(Home::default(), NOON.parse().expect("a time"))
}

/// An account in which the function is deployed.
pub(crate) fn installed() -> Aws {
    let mut aws = empty();
    aws.lambda.put_function(LambdaFunction::new("ecs-auto-rollback").reads(SIGNALS));
    aws
}

/// The answer to a command line, on a screen of this width.
pub(crate) async fn on_screen(network: &Network, command: &[&str], width: u16) -> Result<Shown, Failure> {
    let json = command.contains(&"--json");
    let screen = Screen { is_json: json, width, is_coloured: false, shows_progress: false };
    let line = ["ecs-rollback"].iter().chain(command);
    let arguments = Arguments::try_parse_from(line).expect("a command line");
    answer(arguments, network.config(), screen, network.clock().now()).await
}

/// The text of an answer, and how it ended.
pub(crate) async fn text(network: &Network, command: &[&str]) -> (String, End) {
    let shown = on_screen(network, command, 140).await.expect("an answer");
    (shown.text, shown.end)
}

/// The JSON of an answer, and how it ended.
pub(crate) async fn json(network: &Network, command: &[&str]) -> (Value, End) {
    let command: Vec<&str> = command.iter().copied().chain(["--json"]).collect();
    let shown = on_screen(network, &command, 140).await.expect("an answer");
    (serde_json::from_str(&shown.text).expect("JSON"), shown.end)
}
