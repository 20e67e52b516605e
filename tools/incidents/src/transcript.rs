//! One incident, told for a reader.

use std::fmt::Write;

use crate::{
    story::{Cause, Ms, Signal, Story, What},
    tally::{Played, play},
    truth::Truth,
};

/// The incident of this number: what happened, the truth, and what each competitor made of it.
#[must_use]
pub fn tale(seed: u64, settings: &[(&str, &str)]) -> String {
    let played = play(seed, settings);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, &played);
    text
}

fn write_all(text: &mut String, played: &Played) -> std::fmt::Result {
    let story = &played.story;
    writeln!(text, "Incident {}: {}\n", story.seed, story.kind)?;
    writeln!(text, "What happens if nobody interferes")?;
    for service in &story.services {
        writeln!(
            text,
            "  service {}: revisions {:?} before, {:?}, bakes {} min{}{}{}{}",
            service.name,
            service.history,
            service.rollout,
            service.bake_minutes,
            service.pause_minutes.map_or(String::new(), |minutes| format!(", pauses up to {minutes} min")),
            service.tag.map_or(String::new(), |tag| format!(", tagged auto-rollback={tag}")),
            if service.rolled_back_lately > 0 {
                format!(", rolled back {} times in the last hour", service.rolled_back_lately)
            } else {
                String::new()
            },
            if service.abroad { ", in another account or Region" } else { "" },
        )?;
    }
    for (index, deployment) in story.deployments.iter().enumerate() {
        writeln!(
            text,
            "  {} deployment {index} of {} to revision {}: starts {}, over {}, {}",
            clock(deployment.at),
            story.services[deployment.service].name,
            deployment.revision,
            clock(deployment.started),
            clock(deployment.ended),
            match deployment.flaw {
                Some(_) => format!("bad: {:?} from {}", deployment.flaw, clock(deployment.cause())),
                None => "good".to_owned(),
            }
        )?;
    }
    for trouble in &story.troubles {
        let name = &story.services[trouble.service].name;
        writeln!(
            text,
            "  {} to {} trouble at {name}, brought by {}",
            clock(trouble.from),
            clock(trouble.until),
            cause(trouble.cause)
        )?;
    }
    for alarm in &story.alarms {
        writeln!(
            text,
            "  alarm {}: {:?}, {} of {} data points of {} s, evaluated {} ms later{}",
            alarm.name,
            alarm.shape,
            alarm.needed,
            alarm.judged,
            alarm.period / 1_000,
            alarm.lag,
            alarm.wait.map_or(String::new(), |wait| format!(", its actions wait {} s", wait / 1_000)),
        )?;
    }
    writeln!(text, "  ECS: {:?}", story.nature)?;
    if let Some(disturbance) = &story.disturbance {
        writeln!(
            text,
            "  disturbed: {}, {:?}, {:?}",
            disturbance.name,
            disturbance.on,
            disturbance.window.map(|(from, until)| (clock(from), clock(until)))
        )?;
        writeln!(text, "    {:?}", disturbance.fault)?;
    }
    if let Some((from, until)) = story.blind {
        writeln!(text, "  DescribeAlarms is throttled for ECS from {} to {}", clock(from), clock(until))?;
    }
    write_told(text, story)?;
    write_verdicts(text, played)
}

fn write_told(text: &mut String, story: &Story) -> std::fmt::Result {
    writeln!(text, "\nWhat is told of it")?;
    for (number, delivery) in story.deliveries.iter().enumerate() {
        writeln!(text, "  {} delivery {number} by {:?}{}", clock(delivery.at), delivery.path, dies(delivery))?;
        for signal in &delivery.signals {
            writeln!(text, "      signal {signal}: {}", describe(story, &story.signals[*signal]))?;
        }
    }
    Ok(())
}

fn write_verdicts(text: &mut String, played: &Played) -> std::fmt::Result {
    writeln!(text, "\nThe truth")?;
    for (index, truth) in played.truths.iter().enumerate() {
        let truth = match truth {
            Truth::RollBack { told } => format!("should be rolled back: told at {} at the latest", clock(*told)),
            Truth::NotCatchable => "bad, and nothing says so in time: nobody's miss".to_owned(),
            Truth::Good => "good: should be left alone".to_owned(),
            Truth::Held => "bad, and its owner keeps it to himself: should be left alone".to_owned(),
            Truth::First => "bad, and there is nothing to go back to: should be left alone".to_owned(),
            Truth::OverLimit => "bad, after three rollbacks in an hour: should be left to a person".to_owned(),
        };
        writeln!(text, "  deployment {index}: {truth}")?;
    }
    for (who, outcome, verdict) in &played.outcomes {
        writeln!(text, "\n{}: {} calls", who.name(), outcome.calls)?;
        for (at, line) in &outcome.log {
            writeln!(text, "  {} {line}", clock(*at))?;
        }
        for deed in &outcome.deeds {
            writeln!(text, "  {} did: {:?}", clock(deed.at), deed.undid)?;
        }
        writeln!(
            text,
            "  verdict: {} right, {} wrong {:?}, {} missed {:?}, {} that could not be told, {} afterwards",
            verdict.right.len(),
            verdict.wrong.len(),
            verdict.wrong,
            verdict.missed.len(),
            verdict.missed,
            verdict.by_chance,
            verdict.afterwards
        )?;
    }
    Ok(())
}

fn dies(delivery: &crate::story::Delivery) -> String {
    delivery.crashes.iter().fold(String::new(), |mut text, crash| {
        let _ = write!(
            text,
            ", dies after {} calls{}",
            crash.after_calls,
            if crash.after_effect { " and the effect of one more" } else { "" }
        );
        text
    })
}

fn describe(story: &Story, signal: &Signal) -> String {
    let services: Vec<&str> = signal.services.iter().map(|service| story.services[*service].name.as_str()).collect();
    let alarm = signal.alarm.map_or(String::new(), |alarm| format!(" {}", story.alarms[alarm].name));
    let mut text = format!("{:?}{alarm} about {}, sent {}", signal.what, services.join(", "), clock(signal.sent));
    if signal.what == What::InAlarm {
        let causes: Vec<String> = signal.causes.iter().map(|one| cause(*one)).collect();
        let data: Vec<String> = signal
            .data
            .iter()
            .map(|(start, breaches)| format!("{}{}", clock(*start), if *breaches { "!" } else { "" }))
            .collect();
        let _ = write!(
            text,
            ", entered {}, on data of {}, because of {}",
            clock(signal.entered),
            data.join(" "),
            causes.join(", ")
        );
    }
    for (is_so, word) in [(signal.suppressed, "suppressed"), (signal.muted, "muted"), (signal.released, "released")] {
        if is_so {
            let _ = write!(text, ", {word}");
        }
    }
    if let Some(from) = signal.from {
        let _ = write!(text, ", from account {} in {}", from.account, from.region);
    }
    text
}

fn cause(cause: Cause) -> String {
    match cause {
        Cause::Deployment(index) => format!("deployment {index}"),
        Cause::Elsewhere => "something else".to_owned(),
    }
}

/// Time since the incident began.
fn clock(ms: Ms) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.abs();
    format!("{sign}{}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}
