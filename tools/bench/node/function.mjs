// The same job with the AWS SDK v3, as a user would write it in one file: an alarm rolls back its service's deployment in
// flight.

import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
} from "@aws-sdk/client-ecs";

// Created once, as Lambda's documentation advises, so that connections outlive an invocation.
const ecs = new ECSClient({});

export async function handler(event) {
  const alarm = event.alarmData;
  if (alarm.state.value !== "ALARM") {
    return said("ignored", "not in alarm");
  }
  const { ClusterName: cluster, ServiceName: service } = alarm.configuration.metrics[0].metricStat.metric.dimensions;
  // JavaScript cannot parse an offset without a colon.
  const began = new Date(alarm.state.timestamp.replace(/\+0000$/, "Z"));

  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service], include: ["TAGS"] }));
  if (services.length === 0 || services[0].status !== "ACTIVE") {
    return said("skipped", "no such service");
  }
  if ((services[0].tags ?? []).some(({ key, value }) => key === "auto-rollback" && value === "off")) {
    return said("skipped", "held");
  }

  const listed = await ecs.send(
    new ListServiceDeploymentsCommand({ cluster, service, status: ["PENDING", "IN_PROGRESS"] }),
  );
  if (listed.serviceDeployments.length === 0) {
    return said("no-op", "nothing in flight");
  }
  const newest = listed.serviceDeployments.reduce((one, other) => (other.createdAt > one.createdAt ? other : one));
  const serviceDeploymentArn = newest.serviceDeploymentArn;

  const described = await ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [serviceDeploymentArn] }),
  );
  const deployment = described.serviceDeployments[0];
  if (began < (deployment.startedAt ?? deployment.createdAt)) {
    return said("skipped", "the alarm began before the deployment");
  }
  if ((deployment.sourceServiceRevisions ?? []).length === 0) {
    return said("skipped", "first deployment");
  }

  await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
  return said("rolled-back", serviceDeploymentArn);
}

function said(outcome, detail) {
  const answer = { outcome, detail };
  console.log(JSON.stringify(answer));
  return answer;
}
