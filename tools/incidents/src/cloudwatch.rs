//! The alarms and the metrics of an incident, as Amazon CloudWatch shows them to anybody who asks.

use serde_json::{Value, json};
use simulator::{Alarm, CloudWatch, Contributor, Series};

use crate::{
    groups::{self, LOAD_BALANCER},
    incident::{HOUR, Incident, MINUTE, Ms, Place, Point, SECOND, Shape, Trouble, at},
    metric::{Transition, errors, transitions, troubles_left},
    payload::{DAYS, INSIGHTS, LOG_QUERY, WORST_RATE, float, is_math, judging, paths, threshold},
};

/// The time for which metrics are shown: longer than the data of any signal that is not too old.
const SHOWN: Ms = 2 * HOUR;

/// Puts every alarm of the incident's own account and Region in the state that it has now, with its data, and the minutes of
/// every metric, in a world where these deployments were undone then.
pub(crate) fn show(incident: &Incident, undone: &[Option<Ms>], now: Ms, cloudwatch: &mut CloudWatch) {
    let troubles = troubles_left(&incident.troubles, undone);
    for (number, alarm) in incident.alarms.iter().enumerate() {
        if alarm.services.iter().any(|service| incident.services[*service].foreign) {
            continue;
        }
        let changes = transitions(alarm, &troubles);
        let change = changes.iter().rev().find(|change| change.at <= now);
        cloudwatch.put_alarm(own(incident, number, change));
        if alarm.shape == Shape::Composite {
            cloudwatch.put_alarm(composite(incident, number, change));
            if let Some(service) = alarm.old_child {
                let path = &paths(incident, &[service])[0];
                let old = Alarm::metric(&alarm.name_of_old_child()).on_metric("Shop", "Errors", "Sum");
                cloudwatch.put_alarm(old.on_service(path).in_alarm().since(at(-DAYS)));
            }
        }
        if is_math(incident, number) {
            let rate = series(&troubles, &alarm.services, now, |errors| float(1_000 * errors) / float(MINUTE));
            let shown = Series::expression(WORST_RATE).on_service(&paths(incident, &alarm.services)[0]);
            cloudwatch.put_series(shown.minutes(at(first(now)), &rate));
        }
    }
    for (service, known) in incident.services.iter().enumerate().filter(|(_, service)| !service.foreign) {
        let values = series(&troubles, &[service], now, float);
        let put = |series: Series| series.minutes(at(first(now)), &values);
        cloudwatch.put_series(put(Series::metric("Shop", "Errors").on_service(&known.path())));
        for query in [INSIGHTS.to_owned(), of_one_group(&known.path())] {
            cloudwatch.put_series(put(Series::expression(&query).labelled(&known.path().replace('/', " "))));
        }
        let places = incident.alarms.iter().filter(|alarm| alarm.services[0] == service).map(|alarm| alarm.place);
        for place in places {
            cloudwatch.put_series(put(in_front(incident, service, place)));
        }
    }
}

/// The query of the Metrics Insights alarms for one service alone.
fn of_one_group(path: &str) -> String {
    let (cluster, service) = path.split_once('/').unwrap_or_default();
    let condition = format!(" WHERE ClusterName = '{cluster}' AND ServiceName = '{service}' GROUP BY ");
    INSIGHTS.replace(" GROUP BY ", &condition)
}

/// The first minute that is shown.
fn first(now: Ms) -> Ms {
    (now - SHOWN).div_euclid(MINUTE) * MINUTE
}

/// The whole minutes of services up to now.
fn series(troubles: &[Trouble], services: &[usize], now: Ms, value: impl Fn(Ms) -> f64) -> Vec<Option<f64>> {
    let seen: Vec<&Trouble> = troubles.iter().filter(|trouble| services.contains(&trouble.service)).collect();
    let whole = (now - first(now)) / MINUTE;
    (0..whole).map(|minute| Some(value(errors(seen.iter().copied(), first(now) + minute * MINUTE, MINUTE)))).collect()
}

/// The metric at a place, without data.
fn in_front(incident: &Incident, service: usize, place: Place) -> Series {
    let groups = groups::of(incident, service);
    let of_group = |group: &str| {
        let series = Series::metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count");
        series.dimension("LoadBalancer", LOAD_BALANCER).dimension("TargetGroup", group)
    };
    match place {
        Place::Service => Series::metric("Shop", "Errors").on_service(&incident.services[service].path()),
        Place::LoadBalancer => {
            Series::metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count").dimension("LoadBalancer", LOAD_BALANCER)
        }
        Place::OldGroup => of_group(&groups.old),
        Place::NewGroup => of_group(&groups.new),
    }
}

/// The alarm itself, or the child of a composite one.
fn own(incident: &Incident, number: usize, change: Option<&Transition>) -> Alarm {
    let known = &incident.alarms[number];
    let limit = threshold(incident, number);
    let period = u32::try_from(known.period / SECOND).unwrap_or(60);
    let judged = u32::try_from(known.judged).unwrap_or(1);
    let needed = u32::try_from(known.needed).unwrap_or(1);
    let name = if known.shape == Shape::Composite { known.child() } else { known.name.clone() };
    let alarm = match known.shape {
        Shape::Log => Alarm::log(&name, LOG_QUERY),
        Shape::Contributor => Alarm::metrics_insights(&name, INSIGHTS, period),
        _ if is_math(incident, number) => Alarm::metric(&name).queries(queries(incident, number)),
        _ => {
            let series = in_front(incident, known.services[0], known.place);
            let alarm = Alarm::metric(&name).on_metric(&series.namespace, &series.name, "Sum");
            let alarm = alarm.evaluates(period, judged, needed);
            series.dimensions.iter().fold(alarm, |alarm, (name, value)| alarm.dimension(name, value))
        }
    };
    let alarm = alarm.compares("GreaterThanThreshold", limit);
    let alarm = if known.shape == Shape::Log {
        alarm.member("QueryResultsToEvaluate", judged.into()).member("QueryResultsToAlarm", needed.into())
    } else {
        alarm.member("EvaluationPeriods", judged.into()).member("DatapointsToAlarm", needed.into())
    };
    let Some(change) = change else { return alarm };
    let judging = judging(incident, number, &change.data);
    let (alarm, judging) = if change.in_alarm {
        (alarm.in_alarm(), judging.since(at(change.at)))
    } else {
        (alarm, judging.since(at(change.at - HOUR)).recovered(at(change.at)))
    };
    let state = &judging.as_action()["alarmData"]["state"];
    let reason = state["reason"].as_str().unwrap_or_default();
    let alarm = alarm.since(at(change.at));
    match known.shape {
        Shape::Contributor if change.in_alarm => {
            let path = &paths(incident, &known.services)[0];
            let (cluster, service) = path.split_once('/').unwrap_or_default();
            let contributor = Contributor::of(&[("ClusterName", cluster), ("ServiceName", service)]);
            alarm.contributor(contributor.reason(reason).since(at(change.at)))
        }
        // AWS does not document the form of a log alarm's data: here it is that of a metric alarm's.
        Shape::Log => alarm.reason(reason, &results(incident, number, change)),
        Shape::Contributor => alarm.reason(reason, &Value::Null),
        Shape::Metric | Shape::Math | Shape::Composite => {
            let data = state["reasonData"].as_str().and_then(|data| serde_json::from_str(data).ok());
            alarm.reason(reason, &data.unwrap_or_default())
        }
    }
}

/// The results of the query of a log alarm that it judged.
fn results(incident: &Incident, number: usize, change: &Transition) -> Value {
    let result = |point: &Point| json!({"timestamp": at(point.start).to_string(), "value": float(point.errors)});
    json!({
        "version": "1.0",
        "period": incident.alarms[number].period / SECOND,
        "threshold": threshold(incident, number),
        "evaluatedDatapoints": change.data.iter().rev().map(result).collect::<Vec<_>>(),
    })
}

fn composite(incident: &Incident, number: usize, change: Option<&Transition>) -> Alarm {
    let known = &incident.alarms[number];
    let (child, old) = (known.child(), known.name_of_old_child());
    let rule = match known.old_child {
        Some(_) => format!("ALARM(\"{child}\") AND ALARM(\"{old}\")"),
        None => format!("ALARM(\"{child}\")"),
    };
    let alarm = Alarm::composite(&known.name, &rule);
    match change {
        Some(change) if change.in_alarm => alarm.in_alarm().since(at(change.at)),
        Some(change) => alarm.since(at(change.at)),
        None => alarm,
    }
}

/// The `Metrics` of an alarm on an expression.
fn queries(incident: &Incident, number: usize) -> Value {
    let known = &incident.alarms[number];
    let expression = json!({"Id": "e1", "Expression": WORST_RATE, "Label": "all together", "ReturnData": true});
    let term = |(index, path): (usize, String)| {
        let (cluster, service) = path.split_once('/').unwrap_or_default();
        let dimensions = json!([{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}]);
        let metric = json!({"Namespace": "Shop", "MetricName": "Errors", "Dimensions": dimensions});
        let stat = json!({"Metric": metric, "Period": known.period / SECOND, "Stat": "Sum"});
        json!({"Id": format!("m{index}"), "MetricStat": stat, "ReturnData": false})
    };
    let terms = paths(incident, &known.services).into_iter().enumerate().map(term);
    std::iter::once(expression).chain(terms).collect()
}
