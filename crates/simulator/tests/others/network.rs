//! The SDK's connector: the account that a call reaches, its clock, and lost calls.

use std::time::Duration;

use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use simulator::{
    Aws, Fault, Home, Operation, Request, ServiceSeed,
    sdk::{Fate, Network},
};
use tokio::time::timeout;

use crate::{aws, noon};

/// Makes a call with the credentials of an account, signed for a Region. Returns the body of the answer.
async fn call(network: &Network, account: &str, region: &str, operation: Operation, body: &Value) -> Option<Value> {
    let Request { target, body, .. } = Request::new(operation, body);
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_uri("https://ecs.us-east-1.amazonaws.com/").unwrap();
    request.headers_mut().insert("x-amz-target", target);
    let scope = format!("AWS4-HMAC-SHA256 Credential=ASIA{account}/20260601/{region}/ecs/aws4_request, Signature=x");
    request.headers_mut().insert("authorization", scope);
    let answer = timeout(Duration::from_mins(10), network.call(request)).await.ok()?.ok()?;
    serde_json::from_slice(answer.body().bytes().unwrap()).ok()
}

async fn clusters(network: &Network, account: &str, region: &str) -> Value {
    call(network, account, region, Operation::ListClusters, &json!({})).await.unwrap()
}

fn elsewhere(account: &str, region: &str, cluster: &str) -> Aws {
    let home = Home { account: account.to_owned(), region: region.to_owned(), ..Home::default() };
    let mut aws = Aws::new(home, noon());
    aws.ecs.plant(ServiceSeed::new(&format!("{cluster}/web")).deployed("web:1"));
    aws
}

#[tokio::test(start_paused = true)]
async fn a_call_reaches_the_account_and_region_that_it_is_signed_for() {
    let network = Network::to(elsewhere("123456789012", "us-east-1", "home"));
    let abroad = network.add(elsewhere("444455556666", "eu-west-1", "abroad"));
    assert!(clusters(&network, "123456789012", "eu-north-1").await.to_string().contains("cluster/home"));
    assert!(clusters(&network, "444455556666", "eu-west-1").await.to_string().contains("cluster/abroad"));
    assert_eq!(clusters(&network, "999999999999", "eu-west-1").await["__type"], "UnrecognizedClientException");
    assert_eq!((network.lock().calls().len(), abroad.lock().calls().len()), (1, 1));

    let second = network.add(elsewhere("444455556666", "us-east-1", "second"));
    assert!(clusters(&network, "444455556666", "us-east-1").await.to_string().contains("cluster/second"));
    assert_eq!(clusters(&network, "444455556666", "ap-south-1").await["__type"], "UnrecognizedClientException");
    assert_eq!(second.lock().calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_clock_follows_tokios_in_every_account() {
    let network = Network::to(aws());
    let abroad = network.add(elsewhere("444455556666", "eu-west-1", "abroad"));
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(network.lock().now(), noon() + Duration::from_mins(5));
    assert_eq!(abroad.lock().now(), noon() + Duration::from_mins(5));
    network.lock().inject(Fault::delay(Duration::from_secs(7)));
    clusters(&network, "123456789012", "us-east-1").await;
    assert_eq!(network.clock().now(), noon() + Duration::from_secs(307));
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_lost_before_or_after_its_effect() {
    for (fate, accepted) in [
        (Fate::Answered, true),
        (Fate::Refused, false),
        (Fate::Lost { after_effect: false }, false),
        (Fate::Lost { after_effect: true }, true),
    ] {
        let network = Network::to(aws());
        let web = network.lock().ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
        let stop = json!({"serviceDeploymentArn": web.deployment(), "stopType": "ROLLBACK"});
        let doomed = network.with_fate(move |_| fate);
        let answer = call(&doomed, "123456789012", "us-east-1", Operation::StopServiceDeployment, &stop).await;
        assert_eq!(answer.is_some(), fate == Fate::Answered, "{fate:?}");
        assert_eq!(network.lock().calls().iter().any(|call| call.accepted), accepted, "{fate:?}");
    }
}
