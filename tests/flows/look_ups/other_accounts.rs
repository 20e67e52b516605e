//! Services in other accounts and Regions.

use super::*;

fn alarm_of(account: &str, region: &str) -> Value {
    Alarm::on("prod/web").in_account(account).in_region(region).as_action()
}

const OTHER: &str = "444455556666";

#[tokio::test(start_paused = true)]
async fn another_account_needs_its_role_and_another_region_only_the_functions_own() {
    for (account, region, roles) in [(OTHER, REGION, 1), (OTHER, "eu-west-1", 1), (ACCOUNT, "eu-west-1", 0)] {
        let world = World::with(&[
            ("ROLLBACK_SPOKE_ROLE_NAME", "ops/rollback"),
            ("ROLLBACK_EXTERNAL_IDS", "shop-1"),
            ("ROLLBACK_ACCOUNTS", OTHER),
            ("ROLLBACK_REGIONS", "eu-west-1"),
        ]);
        let there = world.add_account(account, region, web());
        world.plant(web());
        world.aws().sts.trust(&format!("arn:aws:iam::{account}:role/ops/rollback"), Some("shop-1"));
        assert_eq!(
            found(&world, &alarm_of(account, region)).await,
            ["rolled-back · stop-requested · ecs-dimensions"],
            "{account} {region}"
        );
        assert_eq!(world.rollbacks(), 0, "the service of the same name at home is left alone");
        assert_eq!(found(&world, &alarm_of(account, region)).await, ["no-op · already-rolling-back · ecs-dimensions"]);
        assert_eq!(world.other_calls(), vec!["AssumeRole"; roles], "the credentials are kept");
        let accepted = there.lock().calls().iter().filter(|call| call.accepted).count();
        assert_eq!(accepted, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_metric_of_another_account_leads_to_a_service_of_that_account() {
    let world = World::with(&[("ROLLBACK_SPOKE_ROLE_NAME", "rollback"), ("ROLLBACK_ACCOUNTS", OTHER)]);
    let there = world.add_account(OTHER, REGION, web());
    world.aws().sts.trust(&format!("arn:aws:iam::{OTHER}:role/rollback"), None);
    let metric = Metric::new("Shop", "Errors").service("prod/web").in_account(OTHER);
    let entry = world.entry(&Alarm::of(metric).as_action()).await;
    assert_eq!(outcome(&entry), "rolled-back · stop-requested");
    assert_eq!(entry["service"]["account"], OTHER);
    assert_eq!(there.lock().calls().iter().filter(|call| call.accepted).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_not_listed_or_in_another_partition_is_foreign_and_the_setting_is_named() {
    let world = World::new();
    let foreign = detail(&world, &alarm_of(OTHER, REGION)).await;
    assert!(foreign.starts_with("foreign-account: ") && foreign.contains("the parameter Accounts"), "{foreign}");
    let world = World::with(&[("ROLLBACK_SPOKE_ROLE_NAME", "rollback"), ("ROLLBACK_ACCOUNTS", OTHER)]);
    assert_eq!(world.outcome(&alarm_of(OTHER, "cn-north-1")).await, "skipped · foreign-account");
    assert!(world.other_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_role_that_cannot_be_assumed_is_reported_as_access_denied() {
    let world = World::with(&[("ROLLBACK_SPOKE_ROLE_NAME", "rollback"), ("ROLLBACK_ACCOUNTS", OTHER)]);
    world.add_account(OTHER, REGION, web());
    assert_eq!(world.failure(&alarm_of(OTHER, REGION)).await.0, "AccessDenied");
}
