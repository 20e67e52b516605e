//! The AWS SDK's way to what is simulated: no socket, and a clock that runs with tokio's, which tests pause.
//!
//! ```
//! # use simulator::{Aws, Home, ServiceSeed, sdk::Network};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let network = Network::to(Aws::new(Home::default(), "2026-06-01T12:00:00Z".parse().unwrap()));
//! network.lock().ecs.plant(ServiceSeed::new("prod/web").deployed("web:41").deploying("web:42"));
//! // Clients of all services are made of this.
//! let config = network.config();
//! # drop(config);
//! # }
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::aws::Aws;
use crate::home::Home;
use crate::request::{Answer, Request};
use crate::sts::{access_key, account_of};

/// The simulated time: it stood still until the network was made, and has run with tokio's clock since.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Timestamp,
    started: Instant,
}

impl Clock {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.began.checked_add(self.started.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// The moment on tokio's clock at which it is this time; the beginning for an earlier one.
    #[must_use]
    pub fn instant(&self, time: Timestamp) -> Instant {
        self.started + std::time::Duration::try_from(time.duration_since(self.began)).unwrap_or_default()
    }
}

/// The SDK signs with this time, and fills its buckets by it: it is the same in every run.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Clock::now(self).into()
    }
}

/// The end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// Nobody takes the connection.
    Refused,
    /// It is never answered: its caller dies here.
    Lost {
        /// Takes effect although its answer is lost.
        after_effect: bool,
    },
}

type Hook = Arc<dyn Fn(&Request) -> Fate + Send + Sync>;
type Account = Arc<Mutex<dyn AsMut<Aws> + Send>>;

/// The way to one account, and to others that were added to it. Clones lead to the same accounts.
///
/// `T` is what the account is a part of, if it is: a simulated world with other state of its own.
pub struct Network<T = Aws> {
    home: Arc<Mutex<T>>,
    /// All of them, the first one included.
    accounts: Arc<Mutex<Vec<(Home, Account)>>>,
    clock: Clock,
    hook: Option<Hook>,
}

impl<T> Clone for Network<T> {
    fn clone(&self) -> Self {
        let Self { home, accounts, clock, hook } = self;
        Self { home: Arc::clone(home), accounts: Arc::clone(accounts), clock: *clock, hook: hook.clone() }
    }
}

impl<T> fmt::Debug for Network<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl<T: AsMut<Aws> + Send + 'static> Network<T> {
    /// The way to this account, whose clock runs from now on. To be called where tokio's clock runs.
    pub fn to(mut home: T) -> Self {
        let (place, began) = (home.as_mut().home().clone(), home.as_mut().now());
        let home = Arc::new(Mutex::new(home));
        let account: Account = Arc::<Mutex<T>>::clone(&home);
        let accounts = Arc::new(Mutex::new(vec![(place, account)]));
        Self { home, accounts, clock: Clock { began, started: Instant::now() }, hook: None }
    }

    /// Adds another account, or another Region. Returns the network that starts there.
    ///
    /// An account that is there in one Region only is the same in all of them.
    #[must_use]
    pub fn add(&self, aws: Aws) -> Network {
        let place = aws.home().clone();
        let home = Arc::new(Mutex::new(aws));
        let account: Account = Arc::<Mutex<Aws>>::clone(&home);
        held(&self.accounts).push((place, account));
        Network { home, accounts: Arc::clone(&self.accounts), clock: self.clock, hook: self.hook.clone() }
    }

    /// The same network, on which `fate` decides how each call ends.
    #[must_use]
    pub fn with_fate(&self, fate: impl Fn(&Request) -> Fate + Send + Sync + 'static) -> Self {
        Self { hook: Some(Arc::new(fate)), ..self.clone() }
    }

    /// The account at this moment.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let mut home = held(&self.home);
        home.as_mut().set_now(self.clock.now());
        home
    }

    /// The clock that the accounts share.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The configuration of a program that runs in the account. Its clients end here, and have its clock.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
        let region = held(&self.home).as_mut().home().region.clone();
        self.config_in(&region)
    }

    /// The configuration of a program in another Region of the account.
    #[must_use]
    pub fn config_in(&self, region: &str) -> SdkConfig {
        let account = held(&self.home).as_mut().home().account.clone();
        let credentials = Credentials::new(access_key(&account), "secret", None, None, "simulator");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.clone())
            .time_source(self.clock)
            .build()
    }

    fn answer(&self, authorization: &str, request: &Request) -> Answer {
        match self.account(authorization) {
            Some(account) => {
                let mut account = held(&account);
                let aws = account.as_mut();
                aws.set_now(self.clock.now());
                aws.handle(request)
            }
            None => request.refuse("UnrecognizedClientException", "The security token in the request is invalid."),
        }
    }

    /// The account whose credentials signed the request, in the Region that they signed it for.
    fn account(&self, authorization: &str) -> Option<Account> {
        let (_, scope) = authorization.split_once("Credential=")?;
        let mut scope = scope.split('/');
        let (account, region) = (account_of(scope.next()?)?, scope.nth(1)?);
        let accounts = held(&self.accounts);
        let regions: Vec<_> = accounts.iter().filter(|(home, _)| home.account == account).collect();
        let found = match regions.as_slice() {
            [only] => only,
            several => several.iter().find(|(home, _)| home.region == region)?,
        };
        Some(Arc::clone(&found.1))
    }
}

fn held<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: AsMut<Aws> + Send + 'static> HttpConnector for Network<T> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        let (target, authorization) = (header("x-amz-target"), header("authorization"));
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let request = Request { path: path(request.uri()), target, body };
        match self.hook.as_ref().map_or(Fate::Answered, |fate| fate(&request)) {
            Fate::Answered => {}
            Fate::Refused => return HttpConnectorFuture::ready(Err(ConnectorError::io("connection refused".into()))),
            Fate::Lost { after_effect } => {
                if after_effect {
                    self.answer(&authorization, &request);
                }
                return HttpConnectorFuture::new(std::future::pending());
            }
        }
        let answer = self.answer(&authorization, &request);
        HttpConnectorFuture::new(async move {
            match answer {
                Answer::Response { status, headers, body, delay } => {
                    sleep(delay).await;
                    let status = status.try_into().map_err(|_| ConnectorError::user("no status".into()))?;
                    let mut response = HttpResponse::new(status, SdkBody::from(body));
                    for (name, value) in headers {
                        response.headers_mut().insert(name, value);
                    }
                    Ok(response)
                }
                Answer::Dropped { delay } => {
                    sleep(delay).await;
                    Err(ConnectorError::io("connection reset".into()))
                }
            }
        })
    }
}

impl<T: AsMut<Aws> + Send + 'static> HttpClient for Network<T> {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The path of an absolute URI, with its query.
fn path(uri: &str) -> String {
    let (_, after_scheme) = uri.split_once("://").unwrap_or(("", uri));
    after_scheme.find('/').map_or("/", |start| &after_scheme[start..]).to_owned()
}
