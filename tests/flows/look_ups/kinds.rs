//! Kinds of alarms that carry less than others, and still lead to their services.

use simulator::Contributor;

use super::*;

/// An alarm on any service, which watches many time series at once.
fn insights() -> Alarm {
    Alarm::of_insights("SELECT AVG(CPUUtilization) FROM \"AWS/ECS\" GROUP BY ClusterName, ServiceName")
        .named("any-service")
}

#[tokio::test(start_paused = true)]
async fn an_alarm_on_many_series_leads_to_the_services_of_its_contributors_in_alarm() {
    let promql = Alarm::of_promql("errors > 1").named("any-service");
    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/web");
    let names = [("ClusterName", "prod"), ("ServiceName", "web")];
    let resource = [("@resource.cloud.resource_id", arn.as_str())];
    for (event, simulated, attributes) in [
        (insights(), SimulatedAlarm::metrics_insights("any-service", "SELECT 1", 60), &names[..]),
        (promql, SimulatedAlarm::promql("any-service", "errors > 1"), &resource[..]),
    ] {
        let world = with_look_ups("evidence");
        world.plant(web());
        world.plant(in_flight("prod/cart"));
        let old = Contributor::of(&[("ClusterName", "prod"), ("ServiceName", "cart")]).since(at("09:00:00"));
        let alarm =
            simulated.in_alarm().contributor(Contributor::of(attributes).since(at("11:54:00"))).contributor(old);
        world.aws().cloudwatch.put_alarm(alarm);
        let mut found = found(&world, &event.as_action()).await;
        found.sort();
        assert_eq!(
            found,
            ["rolled-back · stop-requested · contributors", "skipped · signal-predates-deployment · contributors"]
        );
        assert_eq!(world.other_calls(), ["DescribeAlarmContributors"]);
    }
}

#[tokio::test(start_paused = true)]
async fn children_count_in_the_state_in_which_they_triggered() {
    for (rule, state, child) in [
        ("INSUFFICIENT_DATA(\"web-heartbeat\")", "INSUFFICIENT_DATA", simulator::AlarmState::InsufficientData),
        ("OK(\"web-heartbeat\")", "OK", simulator::AlarmState::Ok),
        ("NOT OK(\"web-heartbeat\")", "INSUFFICIENT_DATA", simulator::AlarmState::InsufficientData),
    ] {
        let composite = Alarm::composite(rule).named("web-down");
        let with_child = composite.clone().triggered_by_state(state, "web-heartbeat", at("11:54:00"));
        for event in [composite, with_child] {
            let world = with_look_ups("composite-children");
            world.plant(web());
            let heartbeat = SimulatedAlarm::metric("web-heartbeat").on_service("prod/web").state(child);
            world.aws().cloudwatch.put_alarm(heartbeat.since(at("11:54:00")));
            let expected = ["rolled-back · stop-requested · composite-children"];
            assert_eq!(found(&world, &event.as_action()).await, expected, "{rule}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_is_ok_does_not_count_beside_one_in_alarm() {
    let world = with_look_ups("composite-children");
    world.plant(web());
    world.plant(in_flight("prod/cart"));
    world.aws().cloudwatch.put_alarm(child("web").on_service("prod/web"));
    world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("cart").on_service("prod/cart").since(at("11:54:00")));
    let event = Alarm::composite("ALARM(web) AND OK(cart)").named("web-only").as_action();
    assert_eq!(found(&world, &event).await, ["rolled-back · stop-requested · composite-children"]);
    assert_eq!(world.rollbacks(), 1);
}

#[tokio::test(start_paused = true)]
async fn children_that_are_log_alarms_are_requested_by_type() {
    let world = with_look_ups("composite-children alarm-tags");
    world.plant(web());
    let panics = SimulatedAlarm::log("panics", "filter panic").tagged("auto-rollback:services", "prod/web");
    world.aws().cloudwatch.put_alarm(panics.in_alarm().since(at("11:54:00")));
    let event = Alarm::composite("ALARM(panics)").named("shop-down").as_action();
    assert_eq!(found(&world, &event).await, ["rolled-back · stop-requested · composite-children"]);
}

#[tokio::test(start_paused = true)]
async fn target_groups_are_also_found_in_service_revisions() {
    let (green, spare) = (group_arn(GROUP), group_arn("targetgroup/spare/1"));
    let lattice = format!("arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:targetgroup/tg-0123456789abcdef0");
    let other = format!("arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:targetgroup/tg-spare");
    let on_lattice =
        Alarm::of(Metric::new("AWS/VpcLattice", "HTTPCode_5XX_Count").dimension("TargetGroup", "tg-0123456789abcdef0"));
    for (case, seed, event) in [
        ("Express", web().express(&[&spare, &green]), alarm_on_group(GROUP)),
        ("a gateway", web().behind_gateway(&spare, &green), alarm_on_group(GROUP)),
        ("VPC Lattice", web().between_in_lattice(&other, &lattice), on_lattice.named("web-5xx").as_action()),
    ] {
        let world = with_look_ups("target-groups");
        world.plant(seed);
        world.plant(in_flight("prod/worker"));
        assert_eq!(found(&world, &event).await, ["rolled-back · stop-requested · target-groups"], "{case}");
        assert_eq!(world.rollbacks(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn deployment_alarms_count_only_if_the_service_lets_them_roll_back() {
    for (enable, rollback, expected) in [
        (true, true, "rolled-back · stop-requested · deployment-alarms"),
        (true, false, "skipped · unmapped"),
        (false, true, "skipped · unmapped"),
    ] {
        let world = with_look_ups("deployment-alarms");
        let alarms = DeploymentAlarms { alarm_names: vec!["web-5xx".to_owned()], enable, rollback };
        let configuration = DeploymentConfiguration { alarms: Some(alarms), ..DeploymentConfiguration::default() };
        world.plant(web().configured(configuration));
        assert_eq!(found(&world, &silent_alarm()).await, [expected], "{enable} {rollback}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_advice_for_an_unmapped_alarm_fits_its_kind() {
    let contributor = insights().contributor([("ServiceName", "web"), ("Color", "blue")]).as_action();
    let other = insights().contributor([("Color", "blue")]).as_action();
    let gone = composite("ALARM(gone) OR ALARM(well)", &[]);
    for (ways, event, expected) in [
        ("none", composite("ALARM(a)", &[]), "the look-up composite-children is off"),
        ("none", alarm_on_group(GROUP), "the look-up target-groups is off"),
        ("none", insights().as_action(), "GROUP BY ClusterName, ServiceName"),
        ("none", insights().as_action(), "the look-up evidence is off"),
        ("none", contributor, "names the service \"web\" but no cluster"),
        ("none", other, "GROUP BY ClusterName, ServiceName"),
        ("composite-children", gone.clone(), "its child \"gone\" does not exist"),
        ("composite-children", gone, "its child \"well\" is in OK by now"),
    ] {
        let world = with_look_ups(ways);
        world.aws().cloudwatch.put_alarm(SimulatedAlarm::metric("well").on_service("prod/web"));
        let said = detail(&world, &event).await;
        assert!(said.starts_with("unmapped: ") && said.contains(expected), "{said}");
        assert!(
            !said.contains("Add the dimensions") || event["alarmData"]["configuration"]["alarmRule"].is_null(),
            "{said}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_fails_for_a_transient_reason_fails_the_signal_so_that_it_is_retried() {
    for code in ["ExpiredToken", "InvalidSignatureException", "RequestTimeTooSkewed"] {
        let world = with_look_ups(ALL);
        world.plant(web().behind(&group_arn(GROUP)));
        world.aws().inject(Fault::exception(code, "injected by the test").on(Operation::ListTagsForAlarm));
        assert_eq!(world.failure(&alarm_on_group(GROUP)).await.0, "AccessDenied", "{code}");
        assert_eq!(world.rollbacks(), 0);
    }
}
