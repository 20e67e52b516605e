//! The files of alarms that invoke the function as an action.

use serde_json::{Value, json};
use signals::{Alarm, Datapoint, Metric, at};

use crate::Files;

/// An alarm on a service's CPU utilization, above 80 % in the three minutes before `since`.
pub(crate) fn cpu(service: &str, since: &str) -> Alarm {
    busy(service, "CPU", since)
}

/// An alarm on a service's memory utilization.
pub(crate) fn memory(service: &str, since: &str) -> Alarm {
    busy(service, "Memory", since)
}

fn busy(service: &str, what: &str, since: &str) -> Alarm {
    let (_, name) = service.split_once('/').unwrap();
    Alarm::of(Metric::new("AWS/ECS", &format!("{what}Utilization")).service(service).stat("Average"))
        .named(&format!("{name}-{}-high", what.to_lowercase()))
        .described(&format!("{what} of {service} is above 80 % for three minutes"))
        .since(at(since))
        .above(80.0)
        .values([91.4, 96.8, 98.2])
}

/// An alarm on a sum of failures above 20 in the three minutes before `since`.
fn failures(metric: Metric, name: &str, since: &str) -> Alarm {
    Alarm::of(metric).named(name).since(at(since)).above(20.0).values([31.0, 44.0, 52.0])
}

const BALANCER: &str = "app/shop/50dc6c495c0c9188";
const LINES: &str = "fields @message | filter level = \"ERROR\" | stats count(*)";
const SLOW: &str = "histogram_quantile(0.99, sum by (\"@resource.cloud.resource_id\", le) \
    (rate(request_duration_seconds_bucket[5m]))) > 1";
const TOO_MANY_LINES: &str =
    "Threshold Crossed: 2 out of the last 2 query results were greater than the threshold (50.0).";

/// Alarms on the CPU utilization of one service each. They differ in the state of that service.
fn on_one_service() -> Vec<(&'static str, Alarm)> {
    let coupons = cpu("prod/coupons", "11:59:46.614").named("coupons-cpu-very-high");
    let stage = cpu("prod/web", "11:55:41.614").named("web-cpu-high-of-stage").in_account("444455556666");
    let router = cpu("prod/daemon:log-router", "11:55:30.614").named("log-router-cpu-high");
    vec![
        ("before-deployment", cpu("prod/coupons", "11:55:42.614")),
        ("code-deploy", cpu("prod/legacy", "11:55:48.614")),
        ("daemon", router.described("CPU of the log router")),
        ("first-deployment", cpu("prod/newborn", "11:55:45.614")),
        ("foreign-account", stage),
        ("held", cpu("prod/ledger", "11:55:43.614")),
        ("inactive-service", cpu("prod/retired", "11:55:50.614")),
        ("metric", cpu("prod/web", "11:55:40.614")),
        ("nothing-in-flight", cpu("prod/billing", "11:55:47.614")),
        ("observe", cpu("prod/profile", "11:55:44.614")),
        ("ok", cpu("prod/web", "11:55:40.614").recovered(at("11:59:40.620"))),
        (
            "old-evidence",
            coupons
                .described("CPU of prod/coupons is above 85 % for three minutes")
                .above(85.0)
                .values([88.1, 90.3, 93.9]),
        ),
        ("paused", cpu("prod/recommendations", "11:55:46.614")),
        ("rolling-back", cpu("prod/inventory", "11:55:49.614")),
    ]
}

/// Alarms on metrics that name no service, or more than one.
fn on_other_metrics() -> Vec<(&'static str, Alarm)> {
    let errors = |name: &str| Metric::new("Shop", name);
    let exports = |service: &str| errors("FailedExports").service(service);
    let reserved = Metric::new("AWS/ECS", "MemoryReservation").dimension("ClusterName", "prod").stat("Average");
    let resets = Metric::new("AWS/ECS", "ClientTLSNegotiationErrorCount").service("prod/web");
    let slow = Metric::new("AWS/ApplicationELB", "TargetResponseTime").dimension("LoadBalancer", BALANCER);
    let slow = slow.dimension("TargetGroup", "targetgroup/recommendations-green/7e0e70877d7ba834").stat("Average");
    let labels = Metric::new("Shop/Shipping", "RefusedLabels").dimension("Carrier", "all");
    let gateway = Metric::of_target_group(BALANCER, "targetgroup/gateway/4ea5ee68fea05586");
    let blog = Metric::of_target_group(BALANCER, "targetgroup/old-blog/73e2d6bc24d8a067");
    vec![
        (
            "anomaly",
            Alarm::of_anomaly(
                errors("Latency").service("prod/checkout").stat("p99").id("latency"),
                [(102.3, 405.9), (104.0, 410.2)],
            )
            .named("checkout-latency-anomaly")
            .described("The latency of prod/checkout leaves its usual band")
            .since(at("11:56:12.614"))
            .datapoints([(at("11:53:00"), 1622.0), (at("11:54:00"), 1840.5)])
            .without_times(),
        ),
        (
            "cluster-only",
            Alarm::of(reserved)
                .named("prod-memory-reserved")
                .described("Memory that is reserved in the cluster")
                .since(at("11:55:30.614"))
                .above(80.0)
                .values([91.4, 96.8, 98.2]),
        ),
        (
            "deployment-alarm",
            failures(labels, "shipping-labels-failing", "11:55:35.614").described("Labels that the carriers refuse"),
        ),
        (
            "load-balancer",
            failures(Metric::of_load_balancer(BALANCER), "shop-5xx", "11:55:34.614")
                .described("Answers of the whole load balancer with a status of 5xx"),
        ),
        (
            "metric-math",
            error_rate("prod/cart")
                .described("More than 2 % of the requests to prod/cart fail")
                .since(at("11:55:22.614"))
                .previously("INSUFFICIENT_DATA", at("09:12:40.351")),
        ),
        (
            "service-connect",
            Alarm::of(resets.dimension("DiscoveryName", "cart").stat("Average"))
                .named("web-to-cart-resets")
                .described("Connections from prod/web to prod/cart that are reset")
                .since(at("11:55:30.614"))
                .above(80.0)
                .values([91.4, 96.8, 98.2]),
        ),
        (
            "target-group",
            failures(gateway, "gateway-5xx", "11:55:31.614").described("Answers of the gateway with a status of 5xx"),
        ),
        (
            "target-group-green",
            Alarm::of(slow)
                .named("recommendations-green-slow")
                .described("Answers of the green target group, which has the new revision, take more than a second")
                .since(at("11:55:32.614"))
                .above(1.0)
                .values([1.4, 1.9, 2.2]),
        ),
        (
            "target-group-of-nobody",
            failures(blog, "old-blog-5xx", "11:55:33.614")
                .described("Answers of the old blog, which is no ECS service, with a status of 5xx"),
        ),
        (
            "two-services",
            Alarm::of_math("a + b", [exports("prod/reports").id("a"), exports("prod/billing").id("b")])
                .named("export-errors")
                .described("Failed exports, whichever of the two services is to blame")
                .since(at("11:55:15.614"))
                .above(20.0)
                .values([31.0, 44.0])
                .without_times(),
        ),
    ]
}

/// A metric math alarm: more than 2 % of a service's requests fail.
pub(crate) fn error_rate(service: &str) -> Alarm {
    let (_, name) = service.split_once('/').unwrap();
    let of = |metric: &str| Metric::new("Shop", metric).service(service).id(&metric.to_lowercase());
    Alarm::of_math("100 * errors / requests", [of("Errors"), of("Requests")])
        .named(&format!("{name}-error-rate"))
        .above(2.0)
        .values([4.1, 6.7, 7.3])
        .without_times()
}

/// A query of Metrics Insights over all services.
pub(crate) fn any_service(what: &str) -> Alarm {
    let groups = "FROM SCHEMA(\"AWS/ECS\", ClusterName, ServiceName) GROUP BY ClusterName, ServiceName";
    Alarm::of_insights(&format!("SELECT MAX({what}Utilization) {groups}"))
        .named(&format!("any-service-{}-high", what.to_lowercase()))
        .described(&format!("{what} of any service of the cluster"))
        .above(90.0)
        .values([91.4, 96.8, 98.2])
}

/// Alarms on something other than a metric, or on several time series.
fn of_other_kinds() -> Vec<(&'static str, Alarm)> {
    let log = |name: &str, group: &str, since: &str| {
        Alarm::of_log(LINES, group).named(name).since(at(since)).because(TOO_MANY_LINES)
    };
    vec![
        ("composite", shop_is_down()),
        (
            "composite-released",
            Alarm::composite("ALARM(\"search-latency-high\")")
                .named("search-is-slow")
                .with_suppressor("maintenance")
                .triggered_by("search-latency-high", at("11:53:20.120"))
                .since(at("11:53:20.130"))
                .released(at("11:55:20.130"))
                .tagged_with_services("prod/search"),
        ),
        (
            "log",
            log("payments-error-lines", "/ecs/prod/payments", "11:55:50.614")
                .described("Lines with ERROR from the payment providers"),
        ),
        (
            "metrics-insights",
            any_service("CPU").since(at("11:55:31.614")).because("2 out of 24 time series evaluated to ALARM"),
        ),
        ("metrics-insights-contributor", any_service("CPU").since(at("11:55:33.614")).contributor_on("prod/orders")),
        (
            "promql",
            Alarm::of_promql(SLOW)
                .named("any-service-slow")
                .described("Requests to any service take more than a second")
                .since(at("11:55:36.614"))
                .contributor([(
                    "@resource.cloud.resource_id",
                    "arn:aws:ecs:us-east-1:123456789012:service/prod/prices",
                )]),
        ),
        (
            "tagged",
            log("provider-error-lines", "/ecs/prod/shared", "11:55:51.614")
                .described("Lines with ERROR from any service behind the provider")
                .without_data()
                .tagged("team", "money")
                .tagged_with_services("prod/profile prod/ledger"),
        ),
        (
            "tagged-list",
            Alarm::composite("ALARM(\"profile-latency-high\")")
                .named("profile-is-slow")
                .since(at("11:55:25.614"))
                .triggered_by("profile-latency-high", at("11:55:21.408"))
                .previously("OK", at("09:12:40.351"))
                .tagged("team", "people")
                .tagged_with_services("prod/profile")
                .tags_listed(),
        ),
    ]
}

pub(crate) fn shop_is_down() -> Alarm {
    Alarm::composite("ALARM(\"web-cpu-high\") OR ALARM(\"cart-error-rate\")")
        .since(at("11:55:44.614"))
        .previously("OK", at("08:00:00"))
        .triggered_by("web-cpu-high", at("11:55:40.614"))
}

pub(crate) fn built() -> Files {
    let alarms = [on_one_service(), on_other_metrics(), of_other_kinds()].into_iter().flatten();
    let action = |(name, alarm): (&str, Alarm)| (format!("alarm-action-{name}"), alarm.as_action());
    let mut malformed = cpu("prod/web", "11:55:40.614").as_action();
    malformed["alarmData"]["state"] = json!("ALARM");
    alarms.map(action).chain([("unrecognized-alarm-state".to_owned(), malformed)]).collect()
}

#[test]
fn a_missing_datapoint_has_a_time_and_no_value() {
    let points = [Datapoint::from((at("11:52:00"), 9.0)), Datapoint::missing(at("11:53:00"))];
    let action = Alarm::on("prod/web").above(5.0).datapoints(points).as_action();
    let data: Value =
        serde_json::from_str(action["alarmData"]["state"]["reasonData"].as_str().expect("data")).expect("JSON");
    assert_eq!(data["recentDatapoints"], json!([9.0]));
    assert_eq!(data["evaluatedDatapoints"][0], json!({"timestamp": "2026-06-01T11:53:00.000+0000"}));
}

#[test]
fn the_reason_counts_the_datapoints_that_breach_on_the_side_that_breaches() {
    let reason = |alarm: Alarm| alarm.as_action()["alarmData"]["state"]["reason"].as_str().unwrap().to_owned();
    assert_eq!(
        reason(Alarm::on("prod/web").below(5.0).values([9.0, 1.0])),
        "Threshold Crossed: 1 out of the last 2 datapoints [1.0 (01/06/26 11:54:00)] was less than the threshold (5.0) \
        (minimum 1 datapoint for OK -> ALARM transition)."
    );
}
