//! Options of the commands about one event or one service.

use std::str::FromStr;

use clap::Args;
use jiff::SignedDuration;
use judgement::text::shown;

/// A service as `CLUSTER/SERVICE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePath {
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub name: String,
}

impl FromStr for ServicePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The characters that ECS takes in names (API Reference, CreateCluster and CreateService).
        let is_name = |name: &str| {
            (1..=255).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        match text.split_once('/') {
            Some((cluster, name)) if is_name(cluster) && is_name(name) => {
                Ok(Self { cluster: cluster.to_owned(), name: name.to_owned() })
            }
            _ => Err(format!("{} is not of the form CLUSTER/SERVICE", shown(text, 300))),
        }
    }
}

/// Options of `explain`.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub struct Explain {
    /// File with the event as the function would get it; - reads standard input
    #[arg(value_name = "EVENT.json")]
    pub event: Option<String>,
    /// An alarm, as if it went to ALARM now with the data of its last change
    #[arg(long, value_name = "NAME")]
    pub alarm: Option<String>,
    /// A person's request to roll this service back
    #[arg(long, value_name = "CLUSTER/SERVICE")]
    pub service: Option<ServicePath>,
}

/// Options of `why`.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// The service
    #[arg(value_name = "CLUSTER/SERVICE")]
    pub service: ServicePath,
    /// The time to look at, with the half hour before and after it: RFC 3339, or HH:MM[:SS] of today in UTC. By default the last 24 hours
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// Options of `pending`.
#[derive(Debug, Clone, Args)]
pub struct Pending {
    /// Only services of this cluster
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Only this service, by its name or as cluster/service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Exit with 2 if there is any
    #[arg(long)]
    pub fail: bool,
}

/// Options of `hold`.
#[derive(Debug, Clone, Args)]
pub struct Hold {
    /// The service
    #[arg(value_name = "CLUSTER/SERVICE")]
    pub service: ServicePath,
    /// How long, such as 90m, 2h or 1d. By default the hold has no end
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub duration: Option<SignedDuration>,
    /// The reason, which the function repeats
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Write without asking
    #[arg(long)]
    pub yes: bool,
}

/// Options of `release`.
#[derive(Debug, Clone, Args)]
pub struct Release {
    /// The service
    #[arg(value_name = "CLUSTER/SERVICE")]
    pub service: ServicePath,
    /// Write without asking
    #[arg(long)]
    pub yes: bool,
}

/// Options of `rehearse`.
#[derive(Debug, Clone, Args)]
pub struct Rehearse {
    /// The service
    #[arg(value_name = "CLUSTER/SERVICE")]
    pub service: ServicePath,
    /// Name of the alarm that is played; it need not exist
    #[arg(long, value_name = "NAME", default_value = "rehearsal")]
    pub alarm: String,
}

/// A whole number of minutes, hours or days, of at most a year.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let refused = || format!("{} is not a duration such as 90m, 2h or 1d", shown(text, 50));
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(refused)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return Err(refused()),
    };
    let number: u32 = number.parse().map_err(|_| refused())?;
    let duration = SignedDuration::from_mins(i64::from(number) * minutes);
    if duration.is_zero() || duration > SignedDuration::from_hours(366 * 24) {
        return Err(format!("{} is not between a minute and a year", shown(text, 50)));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_of_minutes_hours_or_days() {
        assert_eq!(duration("90m"), Ok(SignedDuration::from_mins(90)));
        assert_eq!(duration("2h"), Ok(SignedDuration::from_hours(2)));
        assert_eq!(duration("1d"), Ok(SignedDuration::from_hours(24)));
        for text in ["", "h", "2", "-2h", "2 h", "0m", "400d", "2é"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_service_is_given_by_names_that_ecs_takes() {
        let path = ServicePath { cluster: "prod".to_owned(), name: "web".to_owned() };
        assert_eq!("prod/web".parse(), Ok(path));
        for text in ["web", "prod/", "/web", "prod/web/1", "prod/we b", "prod/web\u{1b}[2J"] {
            assert!(text.parse::<ServicePath>().is_err(), "{text}");
        }
    }
}
