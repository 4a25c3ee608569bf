//! Killed at random moments, the store has everything that was answered, once, and its indexes
//! agree with its records.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command as Process, Stdio};

use super::*;
use crate::alert::suite::{EXCEPTION, FUNCTION_CODE, between};

/// Names the directory to a child process, and makes it one.
const CHILD: &str = "TELLTALE_CRASH_TEST_DIR";

const ROUNDS: u64 = 20;

/// Alerts that must have been worked on for the test to mean something; a slow disk needs more rounds.
const ALERTS: usize = 20;

/// A small generator: the rounds differ, and the seed is printed when one fails.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from(self.0 % u64::from(below)).expect("less than a u8")
    }
}

/// What the child said was done: the last answered state of each alert, and every comment.
#[derive(Default)]
struct Answered {
    states: BTreeMap<u64, (u64, String)>,
    comments: Vec<(u64, String)>,
}

#[test]
fn everything_answered_survives_a_kill_at_any_moment() {
    if let Some(dir) = std::env::var_os(CHILD) {
        live(Path::new(&dir));
    }
    let dir = tempfile::tempdir().expect("a directory");
    let seed = std::process::id().into();
    let mut random = Random(seed);
    let mut answered = Answered::default();
    let mut round = 0;
    while round < ROUNDS || answered.states.len() <= ALERTS {
        assert!(round < 20 * ROUNDS, "only {} alerts", answered.states.len());
        run_and_kill(dir.path(), &mut random, &mut answered);
        check(
            dir.path(),
            &answered,
            &format!("seed {seed}, round {round}"),
        );
        round += 1;
    }
}

/// Starts a child, lets it live for a moment after its first answer, and kills it.
fn run_and_kill(dir: &Path, random: &mut Random, answered: &mut Answered) {
    let program = std::env::current_exe().expect("this test");
    let mut child = Process::new(program)
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("service::tests::crash::everything_answered_survives_a_kill_at_any_moment")
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let first = lines
        .by_ref()
        .map(|line| line.expect("readable"))
        .find(|line| line.starts_with("done "))
        .expect("the child gets to work");
    let life = Duration::from_millis(random.next(120).into());
    let killer = std::thread::spawn(move || {
        std::thread::sleep(life);
        child.kill().expect("killed");
        child.wait().expect("gone");
    });
    note(&first, answered);
    for line in lines {
        note(&line.expect("readable"), answered);
    }
    killer.join().expect("no panic");
}

/// Takes down one line of the child. A line that the kill cut short was not answered.
fn note(line: &str, answered: &mut Answered) {
    let Some(line) = line
        .strip_prefix("done ")
        .and_then(|l| l.strip_suffix(" ."))
    else {
        return;
    };
    let words: Vec<&str> = line.split(' ').collect();
    let [id, revision, state, comment] = words[..] else {
        panic!("a line of the child: {line}");
    };
    let (id, revision) = (
        id.parse().expect("a number"),
        revision.parse().expect("a number"),
    );
    answered.states.insert(id, (revision, state.to_owned()));
    if comment != "-" {
        answered.comments.push((id, comment.to_owned()));
    }
}

fn state(alert: &Alert) -> String {
    format!("{}/{}/{}", alert.status, alert.learned, alert.muted)
}

fn check(dir: &Path, answered: &Answered, moment: &str) {
    let (service, restored) = open(dir, &Hand::new());
    assert!(restored.store_failure.is_none(), "{moment}");
    let report = service.check_store().expect("a walk");
    assert_eq!(report.problems, Vec::<String>::new(), "{moment}");
    for (id, (revision, expected)) in &answered.states {
        let alert = service.alert(*id).expect("an answered alert");
        assert!(
            alert.revision >= *revision,
            "{moment}: alert {id} went back"
        );
        if alert.revision == *revision {
            assert_eq!(&state(&alert), expected, "{moment}: alert {id}");
        }
    }
    for (id, comment) in &answered.comments {
        let comments = service.comments(*id).expect("comments");
        let found = comments.iter().filter(|held| held.text == *comment).count();
        assert_eq!(found, 1, "{moment}: comment {comment} of alert {id}");
    }
    service.close();
}

/// The child: a storm of findings, and people working on the alerts until the end.
fn live(dir: &Path) -> ! {
    let (service, _) = Service::open(ServiceSettings::new(dir)).expect("the service starts");
    let storm = service.clone();
    std::thread::spawn(move || {
        let mut random = Random(u64::from(std::process::id()) + 1);
        loop {
            let findings = (0..20).map(|_| {
                let kind = [EXCEPTION, FUNCTION_CODE][usize::from(random.next(2))];
                let mut party = || [10, 0, 0, random.next(12)];
                let (source, destination) = (party(), party());
                between(kind, source, destination, random.next(9).into(), 0)
            });
            storm.ingest(findings.collect());
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    std::thread::scope(|scope| {
        for worker in 0..3u64 {
            let service = &service;
            scope.spawn(move || work(service, worker));
        }
    });
    std::process::exit(0);
}

/// One person: picks an alert that only they work on, does something to it, says so.
fn work(service: &Service, worker: u64) {
    let mut random = Random(u64::from(std::process::id()) * 7 + worker + 1);
    for turn in 0u64.. {
        let id = u64::from(random.next(60)) * 3 + worker + 1;
        let words = format!("{}-{worker}-{turn}", std::process::id());
        let mut comment = "-";
        let result = match random.next(6) {
            0 => {
                comment = &words;
                service.comment(id, &words, &by_ada())
            }
            1 => service.learn(id, &LearnRequest::default(), &by_ada()),
            2 => service.unlearn(id, &by_ada()),
            3 => service.mute(id, &MuteRequest::default(), &by_ada()),
            4 => service.unmute(id, &by_ada()),
            _ => service.set_status(id, Status::ALL[usize::from(random.next(3))], &by_ada()),
        };
        // What was refused, or found no alert yet, was not done and is not answered for.
        if let Ok(alert) = result {
            let mut out = std::io::stdout().lock();
            let line = format!("done {id} {} {} {comment} .", alert.revision, state(&alert));
            writeln!(out, "{line}")
                .and_then(|()| out.flush())
                .expect("a pipe");
        }
    }
}
