//! The explanation for a person.

use judgement::Outcome;

use super::{
    Explained, Explanation,
    seen::{DeploymentSeen, EvidenceSeen, RevisionSeen},
};
use crate::{
    output::{Answer, Screen, Tone, harmless, not_known, plain, short, wrapped},
    rows,
};

impl Answer for Explained {
    fn text(&self, screen: &Screen) -> String {
        let verdicts: Vec<String> = self.verdicts.iter().map(|verdict| verdict.text(screen)).collect();
        let mut text = verdicts.join("\n");
        let calls: Vec<String> = self.calls.iter().map(|(action, count)| format!("{action} {count}×")).collect();
        let calls = if calls.is_empty() { "none".to_owned() } else { calls.join(", ") };
        text.push('\n');
        text.push_str(&wrapped(
            &format!("Calls that the function made: {calls}. Nothing was changed."),
            screen.width,
            "",
        ));
        text.push_str(&not_known(&self.unknown, screen));
        text
    }
}

impl Explanation {
    /// One verdict: the signal, the service, the sentence, the rows, and what was read.
    pub(crate) fn text(&self, screen: &Screen) -> String {
        let mut text = screen.paint(&format!("{} · {}", self.outcome.as_str(), self.reason.as_str()), self.tone());
        text.push('\n');
        let mut line = |line: String| text.push_str(&wrapped(&line, screen.width, "  "));
        line(harmless(&self.detail));
        line(match self.acts {
            Some(true) => "The function would do it: this service is in mode enforce.".to_owned(),
            None => "Not known whether the function would do it: the mode of the service could not be read.".to_owned(),
            Some(false) => "The function would change nothing.".to_owned(),
        });
        let began = self.signal_began.map_or_else(String::new, |began| format!(", since {}", short(began)));
        line(format!("signal: {} {}{began}", self.signal_source, plain(&self.signal_name)));
        if let Some(service) = &self.service {
            let way = self.found_by.map_or_else(String::new, |way| format!(", found by {}", way.as_str()));
            let tag = self.tag.as_deref().map_or_else(String::new, |tag| format!(", tag auto-rollback={}", plain(tag)));
            line(format!("service: {}{way}{tag}", plain(&service.to_string())));
        }
        if let Some(deployment) = &self.deployment {
            line(format!("deployment: {}", deployment.text()));
            line(plain(&deployment.service_deployment_arn));
        }
        for evidence in self.evidence.iter().flat_map(EvidenceSeen::lines) {
            line(evidence);
        }
        text.push_str(&rows::table(&self.rows, screen));
        text
    }

    fn tone(&self) -> Tone {
        match self.outcome {
            Outcome::Failed => Tone::Bad,
            Outcome::WouldRollBack | Outcome::RolledBack => Tone::Good,
            _ => Tone::Doubtful,
        }
    }
}

impl DeploymentSeen {
    fn text(&self) -> String {
        let name = |revision: &RevisionSeen| match &revision.task_definition {
            Some(name) => format!("{} ({})", plain(&revision.number), plain(name)),
            None => plain(&revision.number),
        };
        let from: Vec<String> = self.from.iter().map(name).collect();
        let from = if from.is_empty() { "none".to_owned() } else { from.join(", ") };
        let to = self.to.as_ref().map_or_else(|| "unknown".to_owned(), name);
        let began = self.began.map_or_else(|| "not begun".to_owned(), |began| format!("began {}", short(began)));
        let mut text = format!("{}, {began}, from revision {from} to {to}", plain(&self.status));
        let mut add = |more: String| text.push_str(&more);
        self.strategy.iter().for_each(|strategy| add(format!(", {}", plain(strategy))));
        self.running.iter().for_each(|running| add(format!(", {running} new tasks running")));
        self.production_traffic.iter().for_each(|share| add(format!(", {share} % of production traffic")));
        self.paused_at.iter().for_each(|hook| add(format!(", paused at hook {}", plain(hook))));
        text
    }
}

impl EvidenceSeen {
    fn lines(&self) -> Vec<String> {
        let source = if self.is_looked_up { "looked up" } else { "from the event" };
        let mut lines = Vec::new();
        for trouble in &self.troubles {
            let data = match (trouble.breaching_from, trouble.breaching_to) {
                (Some(from), Some(to)) => format!("data breach without a gap since {} to {}", short(from), short(to)),
                _ => "no data".to_owned(),
            };
            lines.push(format!("evidence ({source}): alarm {}: {data}", plain(&trouble.alarm)));
        }
        for reason in self.stopped_tasks.iter().flatten() {
            lines.push(format!("stopped task: {}", plain(reason)));
        }
        lines.extend(self.gaps.iter().map(|gap| format!("not seen: {}", plain(gap))));
        lines
    }
}
