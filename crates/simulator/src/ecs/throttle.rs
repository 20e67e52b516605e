//! The documented throttles of the API, as token buckets.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::operation::Operation;

/// One bucket. Calls of one row of the developer guide's table share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bucket {
    ClusterRead,
    ClusterResourceRead,
    ServiceRead,
    ServiceModify,
    ServiceDeploymentRead,
    ServiceRevisionRead,
    TagRead,
}

impl Bucket {
    /// Stop and Continue are not in the table (nor are the rest): those are not throttled.
    fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::DescribeClusters | Operation::ListClusters => Some(Self::ClusterRead),
            Operation::ListTasks | Operation::DescribeTasks => Some(Self::ClusterResourceRead),
            Operation::DescribeServices | Operation::ListServices => Some(Self::ServiceRead),
            Operation::CreateService | Operation::UpdateService | Operation::DeleteService => Some(Self::ServiceModify),
            Operation::ListServiceDeployments | Operation::DescribeServiceDeployments => {
                Some(Self::ServiceDeploymentRead)
            }
            Operation::DescribeServiceRevisions => Some(Self::ServiceRevisionRead),
            Operation::ListTagsForResource => Some(Self::TagRead),
            _ => None,
        }
    }

    fn burst(self) -> f64 {
        if matches!(self, Self::ServiceRead | Self::ClusterResourceRead) { 100.0 } else { 50.0 }
    }

    fn sustained_per_second(self) -> f64 {
        if self == Self::ServiceModify { 5.0 } else { 20.0 }
    }
}

/// The state of all buckets: what was left when each was last touched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttle {
    left: BTreeMap<Bucket, (Timestamp, f64)>,
}

impl Throttle {
    /// True if the call may pass. Takes a token if so.
    pub(crate) fn admits(&mut self, operation: Operation, now: Timestamp) -> bool {
        let Some(bucket) = Bucket::of(operation) else {
            return true;
        };
        let (touched, left) = self.left.entry(bucket).or_insert((now, bucket.burst()));
        let elapsed = now.duration_since(*touched).as_secs_f64().max(0.0);
        *left = (*left + elapsed * bucket.sustained_per_second()).min(bucket.burst());
        *touched = now;
        let admitted = *left >= 1.0;
        if admitted {
            *left -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn admitted(throttle: &mut Throttle, operation: Operation, now: Timestamp) -> usize {
        (0..1000).take_while(|_| throttle.admits(operation, now)).count()
    }

    #[test]
    fn a_bucket_holds_its_burst_and_refills_at_its_rate() {
        let mut throttle = Throttle::default();
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(admitted(&mut throttle, Operation::ListServiceDeployments, start), 50);
        assert_eq!(admitted(&mut throttle, Operation::DescribeServiceDeployments, start), 0);
        assert_eq!(admitted(&mut throttle, Operation::DescribeServices, start), 100);
        let later = start + Duration::from_secs(1);
        assert_eq!(admitted(&mut throttle, Operation::ListServiceDeployments, later), 20);
    }

    #[test]
    fn stopping_is_not_in_the_table_and_never_throttled() {
        let mut throttle = Throttle::default();
        assert_eq!(admitted(&mut throttle, Operation::StopServiceDeployment, Timestamp::UNIX_EPOCH), 1000);
    }
}
