//! The dimensions that ECS gives to the metrics of a service.

/// Those of the service given as `cluster/service`, or as `service` in the cluster `default`.
pub(super) fn of_service(path: &str) -> [(String, String); 2] {
    let (cluster, service) = path.split_once('/').unwrap_or(("default", path));
    [("ClusterName".to_owned(), cluster.to_owned()), ("ServiceName".to_owned(), service.to_owned())]
}
