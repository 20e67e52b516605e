use super::*;
use judgement::signal::{Metric, Named, Origin, Query, Reads};

fn home() -> Location {
    Location { partition: "aws".to_owned(), region: "eu-west-1".to_owned(), account: Some("111122223333".to_owned()) }
}

const MOST: usize = 10;

fn resolved(clues: &Clues) -> Vec<String> {
    let services = match stated(clues, &home(), MOST) {
        Ok(found) => found.services,
        Err(Unresolved::Silent(verdict) | Unresolved::Wrong(verdict)) => vec![Err(verdict)],
    };
    services
        .into_iter()
        .map(|found| match found {
            Ok(Service { partition, account, region, cluster, name }) => {
                format!("{partition} {region} {} {cluster}/{name}", account.unwrap_or_default())
            }
            Err(verdict) => verdict.reason.to_string(),
        })
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn query(dimensions: &[(&str, &str)], account: Option<&str>) -> Query {
    let metric = Metric { dimensions: pairs(dimensions), ..Metric::default() };
    let account = account.map(str::to_owned);
    Query { id: None, account, period: None, returns_data: None, reads: Reads::Metric(metric) }
}

/// The clues of an alarm that states only its origin.
fn of_alarm() -> Clues {
    Clues { origin: home().as_origin(), ..Clues::default() }
}

fn of_metrics(metrics: &[&[(&str, &str)]]) -> Clues {
    Clues { queries: metrics.iter().map(|dimensions| query(dimensions, None)).collect(), ..of_alarm() }
}

fn named(named: &[Named]) -> Clues {
    Clues { named: named.to_vec(), from_home: true, ..Clues::default() }
}

fn cluster(text: &str) -> Named {
    Named::Cluster(text.to_owned())
}

fn service(text: &str) -> Named {
    Named::Service(text.to_owned())
}

fn service_deployment(text: &str) -> Named {
    Named::ServiceDeployment(text.to_owned())
}

const WEB: [(&str, &str); 2] = [("ClusterName", "prod"), ("ServiceName", "web")];
const HERE: &str = "aws eu-west-1 111122223333";

#[test]
fn names_and_arns_must_fit_one_service() {
    let long = "arn:aws:ecs:eu-west-1:111122223333:service/prod/web";
    let short = "arn:aws:ecs:eu-west-1:111122223333:service/web";
    let prod = "arn:aws:ecs:eu-west-1:111122223333:cluster/prod";
    let deployment = "arn:aws:ecs:eu-west-1:111122223333:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5";
    let web = format!("{HERE} prod/web");
    for (clues, expected) in [
        (vec![cluster("prod"), service("web")], web.as_str()),
        (vec![service(long)], &web),
        (vec![cluster(prod), service(short)], &web),
        (vec![cluster(prod), service("web")], &web),
        (vec![service_deployment(deployment)], &web),
        (vec![cluster("prod"), service("web"), service_deployment(deployment)], &web),
        (
            vec![service("arn:aws-cn:ecs:cn-north-1:444455556666:service/prod/web")],
            "aws-cn cn-north-1 444455556666 prod/web",
        ),
        (vec![service(short)], "unmapped"),
        (vec![service("web")], "unmapped"),
        (vec![cluster("prod")], "unmapped"),
        (vec![service_deployment("NCWGC2ZR-taawPAYrIaU5")], "unmapped"),
        (vec![service_deployment(long)], "unmapped"),
        (vec![cluster("prod"), service("we\nb")], "unmapped"),
        (vec![cluster("prod"), service("")], "unmapped"),
        (vec![cluster("prod"), service("arn:aws:ecs:eu-west-1:111122223333:service/prod/web/x")], "unmapped"),
        (vec![cluster("prod"), service("arn:aws:sqs:eu-west-1:111122223333:service/prod/web")], "unmapped"),
        (vec![cluster("stage"), service(long)], "ambiguous"),
        (vec![service("cart"), service_deployment(deployment)], "ambiguous"),
        (vec![cluster("arn:aws:ecs:us-east-1:111122223333:cluster/prod"), service(long)], "ambiguous"),
    ] {
        assert_eq!(resolved(&named(&clues)), [expected], "{clues:?}");
    }
}

#[test]
fn dimensions_of_any_metric_name_services() {
    let lambda: &[(&str, &str)] = &[("FunctionName", "f")];
    let cart: &[(&str, &str)] = &[("ClusterName", "prod"), ("ServiceName", "cart")];
    assert_eq!(resolved(&of_metrics(&[&WEB])), [format!("{HERE} prod/web")]);
    assert_eq!(resolved(&of_metrics(&[lambda, &WEB, &WEB])), [format!("{HERE} prod/web")]);
    assert_eq!(resolved(&of_metrics(&[&WEB, cart])), [format!("{HERE} prod/web"), format!("{HERE} prod/cart")]);
}

#[test]
fn the_verdict_on_dimensions_without_a_service_gives_advice() {
    for (dimensions, expected) in [
        (vec![("ClusterName", "prod")], "unmapped"),
        (vec![("ServiceName", "web")], "unmapped"),
        (vec![("ClusterName", "prod"), ("ServiceName", "daemon:agent")], "unmapped"),
        (vec![("ClusterName", "prod"), ("ServiceName", "we\u{1b}b")], "unmapped"),
        (vec![("TargetGroup", "targetgroup/web/1")], "unmapped"),
        (vec![("ClusterName", "prod"), ("ServiceName", "web"), ("TargetDiscoveryName", "cart")], "ambiguous"),
    ] {
        assert_eq!(resolved(&of_metrics(&[&dimensions])), [expected], "{dimensions:?}");
    }
    assert_eq!(resolved(&of_alarm()), ["unmapped"]);
}

#[test]
fn a_metric_of_another_account_leads_to_a_service_of_that_account() {
    let queries = vec![query(&WEB, Some("444455556666"))];
    assert_eq!(resolved(&Clues { queries, ..of_alarm() }), ["aws eu-west-1 444455556666 prod/web"]);
}

#[test]
fn a_contributor_names_its_service_unless_the_metrics_name_others() {
    let contributor = Some(pairs(&WEB));
    let alone = Clues { contributor: contributor.clone(), ..of_alarm() };
    assert_eq!(resolved(&alone), [format!("{HERE} prod/web")]);
    let cart: &[(&str, &str)] = &[("ClusterName", "prod"), ("ServiceName", "cart")];
    let one_of_two = Clues { contributor: contributor.clone(), ..of_metrics(&[cart, &WEB]) };
    assert_eq!(resolved(&one_of_two), [format!("{HERE} prod/web")]);
    let another = Clues { contributor, ..of_metrics(&[cart]) };
    assert_eq!(resolved(&another), ["ambiguous"]);
    let arn = "arn:aws:ecs:eu-west-1:444455556666:service/prod/web";
    for (attributes, expected) in [
        (vec![WEB[0], WEB[1], ("AWS.AccountId", "444455556666")], "aws eu-west-1 444455556666 prod/web"),
        (vec![("@resource.cloud.resource_id", arn)], "aws eu-west-1 444455556666 prod/web"),
        (vec![("@resource.cloud.resource_id", "arn:aws:ec2:eu-west-1:444455556666:instance/i-1")], "unmapped"),
        (vec![], "unmapped"),
    ] {
        let clues = Clues { contributor: Some(pairs(&attributes)), ..of_alarm() };
        assert_eq!(resolved(&clues), [expected], "{attributes:?}");
    }
}

#[test]
fn the_alarm_tag_comes_before_dimensions() {
    let tagged = |tag: &str| Clues { services_tag: Some(tag.to_owned()), ..of_metrics(&[&WEB]) };
    assert_eq!(resolved(&tagged("prod/cart")), [format!("{HERE} prod/cart")]);
    assert_eq!(
        resolved(&tagged(" prod/cart  stage/cart prod/cart ")),
        [format!("{HERE} prod/cart"), format!("{HERE} stage/cart")]
    );
    assert_eq!(resolved(&tagged("prod/cart nonsense")), [format!("{HERE} prod/cart"), "unmapped".to_owned()]);
    assert_eq!(resolved(&tagged("")), ["unmapped"]);
    assert_eq!(resolved(&tagged("prod/*")), ["unmapped"]);
    let elsewhere = "arn:aws:ecs:us-east-1:111122223333:service/prod/web";
    assert_eq!(
        resolved(&tagged(&format!("{elsewhere} prod/cart"))),
        ["aws us-east-1 111122223333 prod/web".to_owned(), format!("{HERE} prod/cart")]
    );
    for wrong in ["arn:aws:ecs:us-east-1:111122223333:service/web", "arn:aws:ecs:us-east-1:111122223333:cluster/prod"] {
        assert_eq!(resolved(&tagged(wrong)), ["unmapped"], "{wrong}");
    }
}

#[test]
fn a_signal_that_points_at_too_many_services_is_ambiguous() {
    let tagged = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("prod/s{number}")).collect();
        resolved(&Clues { services_tag: Some(names.join(" ")), ..of_alarm() })
    };
    assert_eq!(tagged(MOST).len(), MOST);
    assert_eq!(tagged(MOST + 1), ["ambiguous"]);
    assert_eq!(tagged(MOST_READ + 1), ["ambiguous"]);
}

#[test]
fn the_location_comes_from_the_signal_and_never_defaults_to_home() {
    let origin = |partition: Option<&str>, region: Option<&str>, account: Option<&str>| {
        let [partition, region, account] = [partition, region, account].map(|part| part.map(str::to_owned));
        resolved(&Clues { origin: Origin { partition, region, account }, ..of_metrics(&[&WEB]) })
    };
    let (region, account) = (Some("us-gov-west-1"), Some("777788889999"));
    assert_eq!(origin(Some("aws-us-gov"), region, account), ["aws-us-gov us-gov-west-1 777788889999 prod/web"]);
    assert_eq!(origin(None, region, account), ["aws-us-gov us-gov-west-1 777788889999 prod/web"]);
    assert_eq!(origin(None, None, account), ["unmapped"]);
    assert_eq!(origin(None, region, None), ["unmapped"]);
    let contradiction = Some(Verdict::new(Reason::Ambiguous, "It contradicts itself."));
    assert_eq!(resolved(&Clues { contradiction, ..of_metrics(&[&WEB]) }), ["ambiguous"]);
}
