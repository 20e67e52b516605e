//! A notice as an SNS message: for chat channels in the schema of Amazon Q Developer's custom notifications, for e-mail as text.

use judgement::{Service, text::cut};
use serde_json::json;

use super::{
    Notice, lines,
    next_steps::{Step, With},
    text::Medium,
};
use crate::aws::Message;

/// The longest description. The schema of custom notifications gives a title 250 and a description 8,000 characters.
const LONGEST_DESCRIPTION: usize = 8_000;
const LONGEST_TITLE: usize = 250;

/// Writes a notice as an SNS message.
pub(super) fn of(notice: &Notice) -> Message {
    let chat = chat(notice).to_string();
    Message {
        subject: subject(&notice.title),
        body: json!({"default": chat, "email": email(notice)}).to_string(),
        attributes: attributes(notice),
    }
}

fn subject(title: &str) -> String {
    let in_ascii = |c: char| match c {
        ' '..='~' => c.to_string(),
        '→' => "->".to_owned(),
        '·' => "|".to_owned(),
        _ => "?".to_owned(),
    };
    Medium::Email.fit(title).chars().map(in_ascii).collect::<String>().chars().take(100).collect()
}

/// A custom notification (Amazon Q Developer in chat applications, Administrator Guide, "Custom notifications").
fn chat(notice: &Notice) -> serde_json::Value {
    let fit = |text: &str| Medium::Chat.fit(text);
    let service = notice.service.as_ref();
    let resources = service.and_then(Service::arn).into_iter();
    let resources = resources.chain(notice.service_deployment_arn.clone());
    let resources = resources.chain(notice.signal.as_ref().and_then(|signal| signal.alarm_arn.clone()));
    let description = format!("{}\n\n{}", fit(&notice.detail), lines::of(notice, Medium::Chat).join("\n"));
    let title = cut(&fit(&notice.title), LONGEST_TITLE);
    let mut context = json!({"id": notice.id});
    for (name, value) in attributes(notice) {
        context[name] = json!(value);
    }
    json!({
        "version": "1.0",
        "source": "custom",
        "id": notice.id,
        "content": {
            "textType": "client-markdown",
            "title": title,
            "description": cut(&description, LONGEST_DESCRIPTION),
            "nextSteps": notice.next_steps.iter().map(|step| written(step, Medium::Chat)).collect::<Vec<_>>(),
            "keywords": [service.map_or_else(|| "ecs".to_owned(), |service| fit(&service.to_string())), notice.kind.as_str()],
        },
        "metadata": {
            // All notices about one deployment form one thread.
            "threadId": notice.service_deployment_arn.as_deref().map_or_else(|| notice.id.clone(), fit),
            "summary": title,
            "eventType": format!("ecs-auto-rollback.{}", notice.kind.as_str()),
            "relatedResources": resources.map(|arn| fit(&arn)).collect::<Vec<_>>(),
            "additionalContext": context,
        },
    })
}

/// Writes a notice as the text of an e-mail.
pub(super) fn email(notice: &Notice) -> String {
    let fit = |text: &str| Medium::Email.fit(text);
    let steps = notice.next_steps.iter().map(|step| format!("- {}", written(step, Medium::Email)));
    let steps = steps.collect::<Vec<_>>().join("\n");
    let lines = lines::of(notice, Medium::Email).join("\n");
    let (title, detail, id) = (fit(&notice.title), fit(&notice.detail), fit(&notice.id));
    format!("{title}\n\n{detail}\n\nNext steps:\n{steps}\n\n{lines}\n\nNotice id: {id}\n")
}

fn written(step: &Step, medium: Medium) -> String {
    let text = medium.fit(&step.text);
    match &step.with {
        Some(With::Document(address)) => format!("{text}: {address}"),
        Some(With::Command(command)) => format!("{text}: {}", medium.command(command)),
        None => text,
    }
}

fn attributes(notice: &Notice) -> Vec<(&'static str, String)> {
    let mut attributes = vec![("notice", notice.kind.as_str().to_owned())];
    if let Some(reason) = notice.reason {
        attributes.push(("reason", reason.as_str().to_owned()));
    }
    if let Some(service) = &notice.service {
        attributes.extend([
            ("region", service.region.clone()),
            ("cluster", service.cluster.clone()),
            ("service", service.name.clone()),
        ]);
        attributes.extend(service.account.clone().map(|account| ("account", account)));
    }
    attributes
}
