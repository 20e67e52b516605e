//! The target groups that a service revision serves.

use serde_json::{Value, json};
use simulator::{Aws, DeploymentSeed, Operation, ServiceSeed, Status, Strategy};

use crate::caller::{ask, aws, described, seconds};

const BLUE: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/1";
const GREEN: &str = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/2";
const LATTICE: &str = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef0";
const OTHER_LATTICE: &str = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef1";

fn blue_green() -> ServiceSeed {
    ServiceSeed::new("prod/web").strategy(Strategy::BlueGreen).between(BLUE, GREEN)
}

/// The source and the target revision of the service deployment with this ARN.
fn revisions(aws: &mut Aws, deployment: &str) -> [Value; 2] {
    let deployment = described(aws, deployment);
    let arns = [&deployment["sourceServiceRevisions"][0]["arn"], &deployment["targetServiceRevision"]["arn"]];
    let answer = ask(aws, Operation::DescribeServiceRevisions, &json!({ "serviceRevisionArns": arns }));
    [0, 1].map(|index| answer["serviceRevisions"][index].clone())
}

fn resolved(revisions: &[Value; 2], member: &str) -> [Value; 2] {
    revisions.each_ref().map(|revision| revision["resolvedConfiguration"][member][0]["targetGroupArn"].clone())
}

#[test]
fn a_green_revision_serves_the_other_target_group_and_the_next_one_the_first_again() {
    let mut aws = aws();
    let web = aws.ecs.plant(blue_green().deployed("web:41").deploying("web:42"));
    let both = revisions(&mut aws, web.deployment());
    assert_eq!(resolved(&both, "loadBalancers"), [BLUE, GREEN]);
    assert!(both.iter().all(|revision| revision["loadBalancers"][0]["targetGroupArn"] == BLUE));

    let web = aws.ecs.plant(blue_green().deployed("web:41").deployed("web:42").deploying("web:43"));
    let both = revisions(&mut aws, web.deployment());
    assert_eq!(resolved(&both, "loadBalancers"), [GREEN, BLUE]);
}

#[test]
fn after_a_rollback_the_next_revision_serves_the_group_that_was_left() {
    let mut aws = aws();
    let back = DeploymentSeed::of("web:42").status(Status::RollbackSuccessful);
    aws.ecs.plant(blue_green().deployed("web:41").with(back));
    let next = aws.ecs.deploy("prod/web", "web:43").unwrap();
    let both = revisions(&mut aws, &next);
    assert_eq!(resolved(&both, "loadBalancers"), [BLUE, GREEN]);
}

#[test]
fn rolling_revisions_serve_one_target_group() {
    let mut aws = aws();
    aws.ecs.plant(ServiceSeed::new("prod/web").behind(BLUE).deployed("web:41"));
    let deployment = aws.ecs.deploy("prod/web", "web:42").unwrap();
    aws.advance(seconds(10));
    let both = revisions(&mut aws, &deployment);
    assert_eq!(resolved(&both, "loadBalancers"), [BLUE, BLUE]);
}

#[test]
fn a_revision_without_target_groups_has_no_resolved_configuration() {
    let mut aws = aws();
    let web = aws.ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
    let both = revisions(&mut aws, web.deployment());
    assert!(both.iter().all(|revision| revision.get("resolvedConfiguration").is_none()));
}

#[test]
fn a_seed_can_set_the_target_groups_and_other_members_of_its_revision() {
    let mut aws = aws();
    let next = DeploymentSeed::of("web:42").serving(GREEN).revision_member("guardDutyEnabled", json!(true));
    let seed = ServiceSeed::new("prod/web").behind(BLUE).revision_member("platformFamily", json!("Linux"));
    let web = aws.ecs.plant(seed.deployed("web:41").with(next));
    let both = revisions(&mut aws, web.deployment());
    assert_eq!(resolved(&both, "loadBalancers"), [BLUE, GREEN]);
    assert_eq!(both.each_ref().map(|revision| revision["platformFamily"].clone()), ["Linux", "Linux"]);
    assert_eq!(both[1]["guardDutyEnabled"], true);
    assert!(both[0].get("guardDutyEnabled").is_none());

    let unresolved = json!({ "loadBalancers": [] });
    let silent = DeploymentSeed::of("web:43").revision_member("resolvedConfiguration", unresolved.clone());
    let web = aws.ecs.plant(ServiceSeed::new("prod/web").behind(BLUE).deployed("web:41").with(silent));
    assert_eq!(revisions(&mut aws, web.deployment())[1]["resolvedConfiguration"], unresolved);
}

#[test]
fn revisions_in_vpc_lattice_swap_their_target_groups() {
    let mut aws = aws();
    let seed = ServiceSeed::new("prod/web").strategy(Strategy::Canary).between_in_lattice(LATTICE, OTHER_LATTICE);
    let web = aws.ecs.plant(seed.deployed("web:41").deploying("web:42"));
    let both = revisions(&mut aws, web.deployment());
    assert_eq!(resolved(&both, "vpcLatticeConfigurations"), [LATTICE, OTHER_LATTICE]);
    let configured = &both[1]["vpcLatticeConfigurations"][0];
    assert_eq!(configured["targetGroupArn"], LATTICE);
    assert_eq!(configured["advancedConfiguration"]["alternateTargetGroupArn"], OTHER_LATTICE);
}

#[test]
fn every_revision_has_the_target_groups_that_ecs_manages_for_express_services_and_gateways() {
    let mut aws = aws();
    let seed = ServiceSeed::new("prod/web").express(&[BLUE, GREEN]).behind_gateway(BLUE, GREEN);
    let web = aws.ecs.plant(seed.deployed("web:41").deploying("web:42"));
    for revision in revisions(&mut aws, web.deployment()) {
        let managed = &revision["ecsManagedResources"];
        let groups = managed["ingressPaths"][0]["targetGroups"].as_array().unwrap();
        assert_eq!(groups.iter().map(|group| &group["arn"]).collect::<Vec<_>>(), [BLUE, GREEN]);
        let shared = &managed["gatewayConnections"][0]["resources"]["hostSharedAlb"][0];
        assert_eq!((&shared["targetGroupArn"], &shared["alternateTargetGroupArn"]), (&json!(BLUE), &json!(GREEN)));
    }
}
