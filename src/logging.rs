//! The log: one flat JSON object per line, or text.

use ecs_auto_rollback::Logs;
use json_subscriber::JsonLayer;
use tracing_subscriber::{Registry, fmt::time::SystemTime, layer::SubscriberExt, util::SubscriberInitExt};

pub(crate) fn start(logs: &Logs) {
    if logs.json {
        let mut lines: JsonLayer<Registry> = JsonLayer::stdout();
        lines
            .with_timer("timestamp", SystemTime)
            .with_level("level")
            .with_flattened_event()
            // The runtime's span of an invocation holds its id and its trace.
            .with_top_level_flattened_current_span()
            .add_static_field("service", logs.service_name.as_str().into());
        lines.add_static_field("version", env!("CARGO_PKG_VERSION").into());
        tracing_subscriber::registry().with(lines).with(logs.level).init();
    } else {
        tracing_subscriber::fmt().with_max_level(logs.level).with_ansi(false).with_target(false).init();
    }
}
