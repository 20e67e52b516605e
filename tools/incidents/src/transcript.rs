//! A transcript of one incident, for a reader.

use std::fmt::Write;

use crate::{
    incident::{Cause, Incident, Ms, Signal, SignalKind},
    tally::{Played, play},
    truth::Truth,
};

/// The incident of this number: its events, the truth, and each competitor's actions.
#[must_use]
pub fn transcript(seed: u64, settings: &[(&str, &str)]) -> String {
    let played = play(seed, settings);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_all(&mut text, &played);
    text
}

fn write_all(text: &mut String, played: &Played) -> std::fmt::Result {
    let incident = &played.incident;
    writeln!(text, "Incident {}: {}\n", incident.seed, incident.kind)?;
    writeln!(text, "Events if nobody interferes")?;
    for service in &incident.services {
        writeln!(
            text,
            "  service {}: revisions {:?} before, {:?}, bakes {} min{}{}{}{}",
            service.name,
            service.history,
            service.rollout,
            service.bake_minutes,
            service.pause.map_or(String::new(), |pause| {
                let before = if pause.is_before_tasks { "tasks start" } else { "traffic is shifted" };
                format!(", pauses up to {} min before {before}", pause.minutes)
            }),
            service.tag.map_or(String::new(), |tag| format!(", tagged auto-rollback={tag}")),
            if service.rolled_back_lately > 0 {
                format!(", rolled back {} times in the last hour", service.rolled_back_lately)
            } else {
                String::new()
            },
            if service.foreign { ", in another account or Region" } else { "" },
        )?;
    }
    for (index, deployment) in incident.deployments.iter().enumerate() {
        writeln!(
            text,
            "  {} deployment {index} of {} to revision {}: starts {}, ends {}, {}",
            clock(deployment.at),
            incident.services[deployment.service].name,
            deployment.revision,
            clock(deployment.started),
            clock(deployment.ended),
            match deployment.flaw {
                Some(flaw) if deployment.is_bad() => format!("bad: {flaw:?} from {}", clock(deployment.cause())),
                flaw => format!("good{}", flaw.map_or("", |_| ", and there is no capacity for it")),
            }
        )?;
    }
    for trouble in &incident.troubles {
        let name = &incident.services[trouble.service].name;
        writeln!(
            text,
            "  {} to {} trouble at {name}, caused by {}",
            clock(trouble.from),
            clock(trouble.until),
            cause(trouble.cause)
        )?;
    }
    for alarm in &incident.alarms {
        writeln!(
            text,
            "  alarm {}: {:?} at {:?}, {} of {} data points of {} s, evaluated {} ms later{}",
            alarm.name,
            alarm.shape,
            alarm.place,
            alarm.needed,
            alarm.judged,
            alarm.period / 1_000,
            alarm.lag,
            alarm.wait.map_or(String::new(), |wait| format!(", its actions wait {} s", wait / 1_000)),
        )?;
    }
    writeln!(text, "  ECS: {:?}", incident.nature)?;
    if let Some(disturbance) = &incident.disturbance {
        writeln!(
            text,
            "  disturbed: {}, {:?}, {:?}",
            disturbance.name,
            disturbance.on,
            disturbance.window.map(|(from, until)| (clock(from), clock(until)))
        )?;
        writeln!(text, "    {:?}", disturbance.fault)?;
    }
    if let Some((from, until)) = incident.blind {
        writeln!(text, "  DescribeAlarms is throttled for ECS from {} to {}", clock(from), clock(until))?;
    }
    write_deliveries(text, incident)?;
    write_verdicts(text, played)
}

fn write_deliveries(text: &mut String, incident: &Incident) -> std::fmt::Result {
    writeln!(text, "\nSignals and deliveries")?;
    for (number, delivery) in incident.deliveries.iter().enumerate() {
        writeln!(text, "  {} delivery {number} by {:?}{}", clock(delivery.at), delivery.path, dies(delivery))?;
        for signal in &delivery.signals {
            writeln!(text, "      signal {signal}: {}", describe(incident, &incident.signals[*signal]))?;
        }
    }
    Ok(())
}

fn write_verdicts(text: &mut String, played: &Played) -> std::fmt::Result {
    writeln!(text, "\nThe truth")?;
    for (index, truth) in played.truths.iter().enumerate() {
        let truth = match truth {
            Truth::RollBack { delivered_by } => format!("should be rolled back: delivered by {}", clock(*delivered_by)),
            Truth::NotCatchable => "bad, and no signal reports it in time: not catchable".to_owned(),
            Truth::Good => "good: should be left alone".to_owned(),
            Truth::Held => "bad, and its owner turned the function off: should be left alone".to_owned(),
            Truth::First => "bad, and there is nothing to go back to: should be left alone".to_owned(),
            Truth::OverLimit => "bad, after three rollbacks in an hour: someone should investigate".to_owned(),
        };
        writeln!(text, "  deployment {index}: {truth}")?;
    }
    for (who, outcome, verdict) in &played.outcomes {
        writeln!(text, "\n{}: {} calls", who.name(), outcome.calls)?;
        for (at, line) in &outcome.log {
            writeln!(text, "  {} {line}", clock(*at))?;
        }
        for action in &outcome.actions {
            writeln!(text, "  {} did: {:?}", clock(action.at), action.undone)?;
        }
        writeln!(
            text,
            "  verdict: {} right, {} wrong {:?}, {} missed {:?}, {} that could not be told {:?}, {} afterwards",
            verdict.right.len(),
            verdict.wrong.len(),
            verdict.wrong,
            verdict.missed.len(),
            verdict.missed,
            verdict.doubts.len(),
            verdict.doubts,
            verdict.afterwards
        )?;
    }
    Ok(())
}

fn dies(delivery: &crate::incident::Delivery) -> String {
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

fn describe(incident: &Incident, signal: &Signal) -> String {
    let services: Vec<&str> = signal.services.iter().map(|service| incident.services[*service].name.as_str()).collect();
    let alarm = signal.alarm.map_or(String::new(), |alarm| format!(" {}", incident.alarms[alarm].name));
    let mut text = format!("{:?}{alarm} about {}, sent {}", signal.kind, services.join(", "), clock(signal.sent));
    if signal.kind == SignalKind::InAlarm {
        let causes: Vec<String> = signal.causes.iter().map(|one| cause(*one)).collect();
        let data: Vec<String> = signal
            .data
            .iter()
            .map(|point| format!("{}{}", clock(point.start), if point.breaches { "!" } else { "" }))
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
