//! The steps that a deployment takes when nothing goes wrong, by strategy.

use std::time::Duration;

use crate::ecs::configuration::{DeploymentConfiguration, Strategy};
use crate::ecs::settings::Timing;
use crate::ecs::status::Stage;

/// One step: a stage, or part of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) stage: Stage,
    pub(crate) lasts: Duration,
    /// Percent of production traffic on the target revision while the step lasts.
    pub(crate) production: f64,
}

/// The steps of a deployment that is configured so.
pub(crate) fn steps(configuration: &DeploymentConfiguration, timing: &Timing) -> Vec<Step> {
    let strategy = configuration.strategy.unwrap_or_default();
    let bake = minutes(configuration.bake_time_in_minutes.unwrap_or(0));
    let step = |stage, lasts, production| Step { stage, lasts, production };

    if strategy == Strategy::Rolling {
        return vec![
            step(Stage::ReconcileService, timing.stage, 0.0),
            step(Stage::ScaleUp, timing.launch, 0.0),
            step(Stage::BakeTime, bake, 100.0),
            step(Stage::CleanUp, timing.stage, 100.0),
        ];
    }

    let mut steps = vec![
        step(Stage::ReconcileService, timing.stage, 0.0),
        step(Stage::PreScaleUp, timing.stage, 0.0),
        step(Stage::ScaleUp, timing.launch, 0.0),
        step(Stage::PostScaleUp, timing.stage, 0.0),
        step(Stage::TestTrafficShift, timing.stage, 0.0),
        step(Stage::PostTestTrafficShift, timing.stage, 0.0),
        step(Stage::PreProductionTrafficShift, timing.stage, 0.0),
    ];
    let shifts = production_shifts(strategy, configuration);
    steps.extend(shifts.into_iter().map(|(percent, lasts)| step(Stage::ProductionTrafficShift, lasts, percent)));
    steps.extend([
        step(Stage::ProductionTrafficShift, timing.stage, 100.0),
        step(Stage::PostProductionTrafficShift, timing.stage, 100.0),
        step(Stage::BakeTime, bake, 100.0),
        step(Stage::CleanUp, timing.stage, 100.0),
    ]);
    steps
}

/// Percent of traffic and bake time of each shift before the last. Defaults are the API's.
fn production_shifts(strategy: Strategy, configuration: &DeploymentConfiguration) -> Vec<(f64, Duration)> {
    match strategy {
        Strategy::Rolling | Strategy::BlueGreen => Vec::new(),
        Strategy::Canary => {
            let canary = configuration.canary_configuration.clone().unwrap_or_default();
            let bake = minutes(canary.canary_bake_time_in_minutes.unwrap_or(10));
            vec![(canary.canary_percent.unwrap_or(5.0), bake)]
        }
        Strategy::Linear => {
            let linear = configuration.linear_configuration.clone().unwrap_or_default();
            let bake = minutes(linear.step_bake_time_in_minutes.unwrap_or(6));
            let percent = linear.step_percent.unwrap_or(10.0).max(3.0);
            // The API takes 3 to 100 percent, so there are at most 33 steps before the last.
            (1..=33).map(|count| f64::from(count) * percent).filter(|sum| *sum < 100.0).map(|sum| (sum, bake)).collect()
        }
    }
}

fn minutes(count: u32) -> Duration {
    Duration::from_mins(u64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::configuration::{CanaryConfiguration, LinearConfiguration};

    fn shifts(configuration: &DeploymentConfiguration) -> Vec<f64> {
        steps(configuration, &Timing::default())
            .iter()
            .filter(|step| step.stage == Stage::ProductionTrafficShift)
            .map(|step| step.production)
            .collect()
    }

    #[test]
    fn blue_green_shifts_all_production_traffic_at_once() {
        let blue_green = DeploymentConfiguration { strategy: Some(Strategy::BlueGreen), ..Default::default() };
        assert_eq!(shifts(&blue_green), [100.0]);
    }

    #[test]
    fn canary_shifts_a_little_first() {
        let canary = DeploymentConfiguration {
            strategy: Some(Strategy::Canary),
            canary_configuration: Some(CanaryConfiguration {
                canary_percent: Some(2.5),
                canary_bake_time_in_minutes: None,
            }),
            ..Default::default()
        };
        assert_eq!(shifts(&canary), [2.5, 100.0]);
    }

    #[test]
    fn linear_shifts_in_equal_steps() {
        let linear = DeploymentConfiguration {
            strategy: Some(Strategy::Linear),
            linear_configuration: Some(LinearConfiguration {
                step_percent: Some(40.0),
                step_bake_time_in_minutes: None,
            }),
            ..Default::default()
        };
        assert_eq!(shifts(&linear), [40.0, 80.0, 100.0]);
    }

    #[test]
    fn a_rolling_deployment_bakes_for_as_long_as_configured() {
        let baking = DeploymentConfiguration { bake_time_in_minutes: Some(7), ..Default::default() };
        let plan = steps(&baking, &Timing::default());
        assert_eq!(plan[2], Step { stage: Stage::BakeTime, lasts: minutes(7), production: 100.0 });
    }
}
