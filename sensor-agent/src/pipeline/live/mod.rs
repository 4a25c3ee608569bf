//! Live: the sensor as a service, until a signal ends it.
//!
//! Data in: the arguments of [`crate::cli::run`]. Data out: alerts in the store, the REST interface.
//!
//! Threads: the caller's waits for signals, one senses, the service and the API have their own. The
//! end goes the way of a packet: capture stops, what the stages hold is handed over, the API closes
//! its connections, the store commits. That takes at most [`STOP_WITHIN`].

mod clock;
mod outlet;
mod sensing;
mod signals;
mod sources;
mod status;
mod token;

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sensor_detect::detector::{Command, DetectorSettings, Mode};
use tracing_subscriber::EnvFilter;

use self::outlet::ToService;
use self::sensing::Sensing;
use self::signals::Ended;
use super::control;
use super::stages::Stages;
use crate::alert::LifecycleSettings;
use crate::api::{self, ApiSettings};
use crate::capture::filter::configured;
use crate::cli::run::Args;
use crate::cli::{Failure, say};
use crate::config::Config;
use crate::service::{Actor, Clock, Restored, Service, ServiceSettings};

/// Longest time from the signal to the end of the process.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Carries out `run`.
pub fn run(args: &Args) -> Result<(), Failure> {
    let config = args.configuration()?;
    log_to_stderr(args.log);
    let sources = sources::open(&config.capture, &args.pcap)?;
    let (service, restored) = open_service(&config)?;
    let result = serve(&config, args.mode, &service, restored, sources);
    service.close();
    result
}

/// Everything between an open store and a closed one.
fn serve(
    config: &Config,
    mode: Option<Mode>,
    service: &Service,
    mut restored: Restored,
    sources: sources::Sources,
) -> Result<(), Failure> {
    if let Some(secret) = restored.admin_token.take() {
        let path = token::write(&config.store.data_dir, &secret)?;
        say(&format!("administrator token: {}", path.display()));
    }
    let mut ended = Ended::new().map_err(Failure::run_time)?;
    let settings = detector_settings(config, mode, restored.mode)?;
    keep_asked_mode(service, mode, restored.mode)?;
    attach_filters(config, service, &sources);
    let api = api::serve(&api_settings(config), service.clone()).map_err(Failure::run_time)?;
    let sensing = start_sensing(service, settings, restored, sources, &ended)?;
    say(&format!("listening on http://{}", api.address()));
    ended.wait();
    force_end_after(STOP_WITHIN);
    let outcome = sensing.end();
    api.stop();
    outcome
}

/// Puts the filter rules of configuration and store in force. A sensor that cannot filter as it was
/// told still senses, and says so.
fn attach_filters(config: &Config, service: &Service, sources: &sources::Sources) {
    let (controls, without) = sources.filters();
    let configured = configured::rules(&config.capture);
    if let Err(error) = service.attach_filters(&configured, controls, without) {
        say(&format!(
            "warning: the filter rules set over the API are not in force: {error}"
        ));
    }
}

/// The running sensing thread.
struct SensingThread {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl SensingThread {
    /// Tells it to stop and waits until it has handed everything over.
    fn end(self) -> Result<(), Failure> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|_panic| {
            Err(Failure::run_time(
                "the sensing thread ended with a panic; what it found before is kept. Please report this with the log",
            ))
        })
    }
}

fn start_sensing(
    service: &Service,
    settings: DetectorSettings,
    restored: Restored,
    sources: sources::Sources,
    ended: &Ended,
) -> Result<SensingThread, Failure> {
    let (control, commands) = control::channel();
    service.attach_detector(Arc::new(control));
    let dynamic = settings.mode == Mode::Dynamic;
    let mut stages =
        Stages::new(settings, ToService::new(service.clone())).inspecting(&clock::timed());
    stages.restore(restored.baseline, restored.devices);
    for type_id in restored.operational_types.into_iter().filter(|_| dynamic) {
        stages.detector.apply(Command::SetTypeMode {
            type_id,
            mode: Some(Mode::Operational),
        });
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut sensing = Sensing::new(
        stages,
        sources,
        commands,
        service.clone(),
        Arc::clone(&stop),
    );
    // Whoever asks right after the sensor listens finds its sources.
    sensing.publish();
    let at_end = ended.told_by();
    let thread = thread::Builder::new()
        .name("sensing".to_owned())
        .spawn(move || {
            let _at_end = at_end;
            sensing.run()
        })
        .map_err(|error| {
            Failure::run_time(format!(
                "cannot start the sensing thread: {error}; check the limit of threads"
            ))
        })?;
    Ok(SensingThread { stop, thread })
}

fn open_service(config: &Config) -> Result<(Service, Restored), Failure> {
    let settings = ServiceSettings {
        data_dir: config.store.data_dir.clone(),
        lifecycle: LifecycleSettings {
            auto_close_after: Some(config.store.auto_close_after.get()),
            retention: Some(config.store.retention.get()),
            internal_subnets: config.detect.internal_subnets.clone(),
            site: config.sensor.site.clone(),
            zone: config.sensor.zone.clone(),
        },
        clock: Clock::wall(),
    };
    let (service, restored) = Service::open(settings).map_err(Failure::run_time)?;
    if let Some(failure) = &restored.store_failure {
        say(&format!(
            "warning: nothing is kept until this is mended: {failure}"
        ));
    }
    Ok((service, restored))
}

/// A mode on the command line replaces the kept one, which replaces that of the configuration.
fn detector_settings(
    config: &Config,
    asked: Option<Mode>,
    kept: Option<Mode>,
) -> Result<DetectorSettings, Failure> {
    let mut settings = config
        .detect
        .with_feeds()
        .map_err(|problems| Failure::usage(problems.join("; ")))?;
    if let Some(mode) = asked.or(kept) {
        settings.mode = mode;
    }
    Ok(settings)
}

/// A mode asked for replaces the kept one for later starts too.
fn keep_asked_mode(
    service: &Service,
    asked: Option<Mode>,
    kept: Option<Mode>,
) -> Result<(), Failure> {
    let (Some(asked), Some(kept)) = (asked, kept) else {
        return Ok(());
    };
    if asked != kept {
        service
            .set_mode(asked, &Actor::sensor())
            .map_err(Failure::run_time)?;
    }
    Ok(())
}

fn api_settings(config: &Config) -> ApiSettings {
    ApiSettings {
        listen: config.api.listen,
        allow_non_loopback: config.api.allow_non_loopback,
    }
}

fn log_to_stderr(level: tracing::Level) {
    // What the server library says about its threads is of interest when it goes wrong.
    let filter = EnvFilter::new(format!("{level},actix_server=warn"));
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .finish();
    // A second subscriber in one process is refused; the first goes on.
    let _first_stays = tracing::subscriber::set_global_default(log);
}

/// Ends the process when the orderly way takes too long; the store is durable at every moment.
fn force_end_after(limit: Duration) {
    thread::spawn(move || {
        thread::sleep(limit);
        say(
            "error: the end took longer than 5 seconds; stopped at once. Everything reported as stored is kept",
        );
        std::process::exit(1);
    });
}
