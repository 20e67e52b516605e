//! One process of a competitor, and its counts in the kernel.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

use serde::Deserialize;
use tokio::{
    process::{Child, Command},
    time::Instant,
};

use crate::Failure;

/// A program that does the job.
#[derive(Deserialize)]
pub(crate) struct Competitor {
    pub(crate) name: String,
    command: Vec<String>,
    environment: BTreeMap<String, String>,
    /// True if it rolls something back, false if it is only for comparison.
    pub(crate) rolls_back: bool,
    /// True if it trusts only the temporary authority: the difference is the cost of the usual roots.
    one_root: bool,
}

/// The addresses of Lambda and ECS for a process.
pub(crate) struct Surroundings<'a> {
    pub(crate) lambda: [(&'static str, String); 4],
    pub(crate) ecs: &'a str,
    /// Its own empty folder.
    pub(crate) folder: &'a Path,
    /// The certificate of the temporary authority, alone and among the usual roots.
    pub(crate) authority: &'a Path,
    pub(crate) roots: &'a Path,
}

/// A running process, which ends when it is dropped.
pub(crate) struct Process {
    pub(crate) began: Instant,
    child: Child,
}

impl Competitor {
    /// Starts a process that inherits no environment variables.
    pub(crate) fn start(&self, around: &Surroundings<'_>) -> Result<Process, Failure> {
        let (program, arguments) = self.command.split_first().ok_or("a competitor without a command")?;
        let output = fs::File::create(around.folder.join("output"))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .current_dir(around.folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .envs(around.lambda.clone())
            .env("AWS_ENDPOINT_URL_ECS", around.ecs)
            // Each SDK has its own variable for trusted authorities.
            .env("SSL_CERT_FILE", if self.one_root { around.authority } else { around.roots })
            .env("AWS_CA_BUNDLE", around.roots)
            .env("NODE_EXTRA_CA_CERTS", around.authority)
            // An empty home has no AWS configuration.
            .env("HOME", around.folder)
            .envs(&self.environment);
        let began = Instant::now();
        let child = command.spawn().map_err(|error| format!("could not start {program}: {error}"))?;
        Ok(Process { began, child })
    }
}

impl Process {
    /// The peak of its resident memory, in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(self.of_kernel("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024)
    }

    /// The processor time of its threads, in nanoseconds.
    pub(crate) fn processor_time(&self) -> Result<u64, Failure> {
        let mut sum = 0;
        for thread in fs::read_dir(self.of_kernel("task")?)? {
            let counts = fs::read_to_string(thread?.path().join("schedstat"))?;
            sum += counts.split(' ').next().ok_or("no count")?.parse::<u64>()?;
        }
        Ok(sum)
    }

    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    fn of_kernel(&self, what: &str) -> Result<String, Failure> {
        let id = self.child.id().ok_or("the process has ended")?;
        Ok(format!("/proc/{id}/{what}"))
    }
}
