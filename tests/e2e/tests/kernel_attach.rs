//! How the kernel program gets onto an interface and off it again: native and generic mode,
//! refusals with their remedy, interfaces that go down or away, agents that are killed.

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sensor_agent::capture::xdp::object::object;
use sensor_agent::capture::xdp::{AttachMode, XdpSettings, XdpSource};
use sensor_agent::capture::{Progress, Source};
use sensor_e2e::agent::{self, Options};
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{Bench, MIRROR, TRAFFIC};
use sensor_e2e::{PATIENCE, wait_for};
use support::{on_veth, polls, read};

#[test]
fn generic_mode_works_where_it_is_asked_for() -> Result<()> {
    on_veth(|bench| {
        let settings = XdpSettings {
            mode: AttachMode::Generic,
            ..XdpSettings::new(MIRROR)
        };
        let mut source = XdpSource::open(settings)?;
        assert_eq!(source.status().mode, "generic");
        assert_eq!(bench.mirror_program()?.as_deref(), Some("xdpgeneric"));
        let sent = polls(100);
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 10_000)?;
        assert_eq!(read(&mut source, sent.len())?, sent);
        Ok(())
    })
}

#[test]
fn a_driver_without_native_mode_is_taken_in_generic_mode_with_a_note() -> Result<()> {
    on_veth(|bench| {
        bench.ip(&["link", "add", "bridge0", "type", "bridge"])?;
        let source = XdpSource::open(XdpSettings::new("bridge0"))?;
        let status = source.status();
        assert_eq!(status.mode, "generic");
        assert!(
            status
                .notes
                .iter()
                .any(|note| note.contains("native mode refused")),
            "{status:?}"
        );
        let native = XdpSettings {
            mode: AttachMode::Native,
            ..XdpSettings::new("bridge0")
        };
        drop(source);
        let error = XdpSource::open(native)
            .err()
            .context("a bridge has no native mode")?;
        assert!(error.to_string().contains("try generic mode"), "{error}");
        Ok(())
    })
}

/// Makes the first instruction of a program read a register that nothing was written to, which
/// every verifier refuses (`Documentation/bpf/verifier.rst`).
fn spoil(object: &mut [u8], program: &str) -> Result<()> {
    /// `r0 = r9` (RFC 9669, 4.2).
    const UNWRITTEN: [u8; 8] = [0xbf, 0x90, 0, 0, 0, 0, 0, 0];
    let at = place_of(object, program).with_context(|| format!("no program {program}"))?;
    let first = object.get_mut(at..at + UNWRITTEN.len());
    first
        .context("the program is cut")?
        .copy_from_slice(&UNWRITTEN);
    Ok(())
}

/// Where the code of a symbol starts in a little-endian ELF64 file (gABI, "Sections" and "Symbol
/// Table").
fn place_of(object: &[u8], symbol: &str) -> Option<usize> {
    const SYMBOLS: u64 = 2;
    let number = |at: usize, len: usize| -> Option<u64> {
        let mut bytes = [0; 8];
        bytes
            .get_mut(..len)?
            .copy_from_slice(object.get(at..at + len)?);
        Some(u64::from_le_bytes(bytes))
    };
    let place = |at| usize::try_from(number(at, 8)?).ok();
    let (sections, count) = (place(40)?, usize::try_from(number(60, 2)?).ok()?);
    let section = |index: usize| sections + index * 64;
    let table = (0..count)
        .map(section)
        .find(|at| number(at + 4, 4) == Some(SYMBOLS))?;
    let names = section(usize::try_from(number(table + 40, 4)?).ok()?);
    let (symbols, len, names) = (place(table + 24)?, place(table + 32)?, place(names + 24)?);
    (symbols..symbols + len).step_by(24).find_map(|at| {
        let name = names + usize::try_from(number(at, 4)?).ok()?;
        let end = name + symbol.len();
        if object.get(name..end)? != symbol.as_bytes() || object.get(end) != Some(&0) {
            return None;
        }
        let home = section(usize::try_from(number(at + 6, 2)?).ok()?);
        Some(place(home + 24)? + place(at + 8)?)
    })
}

#[test]
fn a_classifier_that_the_kernel_refuses_is_told_and_sensing_goes_on() -> Result<()> {
    on_veth(|_| {
        let mut spoiled = object()?.to_vec();
        spoil(&mut spoiled, "modbus")?;
        let mut source = XdpSource::open_object(XdpSettings::new(MIRROR), &spoiled)?;
        let notes = source.status().notes;
        let [note] = notes.as_slice() else {
            panic!("one note: {notes:?}");
        };
        assert!(
            note.contains("modbus messages, which are handed up in full"),
            "{note}"
        );
        assert!(note.contains("R9 !read_ok"), "{note}");
        let sent = polls(100);
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 10_000)?;
        assert_eq!(read(&mut source, sent.len())?, sent);
        let status = source.status();
        assert_eq!((status.received, status.handed_up), (100, 100));
        // The entry program is not one that sensing can do without.
        drop(source);
        let mut spoiled = object()?.to_vec();
        spoil(&mut spoiled, "telltale")?;
        let error = XdpSource::open_object(XdpSettings::new(MIRROR), &spoiled)
            .err()
            .context("it was to fail")?;
        assert!(error.to_string().contains("rejected"), "{error}");
        Ok(())
    })
}

#[test]
fn an_interface_that_cannot_be_had_is_told_with_its_remedy() -> Result<()> {
    on_veth(|bench| {
        let told = |result: Result<XdpSource, _>| -> Result<String> {
            let error: sensor_agent::capture::CaptureError =
                result.err().context("it was to fail")?;
            Ok(error.to_string())
        };
        let missing = told(XdpSource::open(XdpSettings::new("no-such0")))?;
        assert!(
            missing.contains("no-such0: no such interface; `ip link`"),
            "{missing}"
        );
        let first = XdpSource::open(XdpSettings::new(MIRROR))?;
        let occupied = told(XdpSource::open(XdpSettings::new(MIRROR)))?;
        assert!(occupied.contains("another XDP program"), "{occupied}");
        assert!(
            occupied.contains("ip link set dev mirror0 xdp off"),
            "{occupied}"
        );
        drop(first);
        assert_eq!(bench.mirror_program()?, None);
        let ring = XdpSettings {
            ring_bytes: 5000,
            ..XdpSettings::new(MIRROR)
        };
        let ring = told(XdpSource::open(ring))?;
        assert!(ring.contains("power of two"), "{ring}");
        Ok(())
    })
}

#[test]
fn an_interface_that_goes_down_and_up_is_captured_again() -> Result<()> {
    on_veth(|bench| {
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let sent = polls(50);
        let injector = Injector::open(TRAFFIC)?;
        injector.send_paced(sent.iter().map(Vec::as_slice), 10_000)?;
        assert_eq!(read(&mut source, sent.len())?, sent);
        bench.ip(&["link", "set", "dev", MIRROR, "down"])?;
        // Longer than the source takes to look after its interface.
        let idle = source.poll(1, Duration::from_millis(1200), &mut |_| {})?;
        assert_eq!(idle, Progress::Idle);
        bench.ip(&["link", "set", "dev", MIRROR, "up"])?;
        // The sending end takes a moment to notice that it has a link again; until then it refuses
        // frames or loses them.
        let frame = wait_for("a frame over the link that is up again", PATIENCE, || {
            if injector.send(&sent[0]).is_err() {
                return Ok(None);
            }
            let mut got = None;
            source.poll(1, Duration::from_millis(200), &mut |frame| {
                got = Some(frame.data.to_vec());
            })?;
            Ok(got)
        })?;
        assert_eq!(frame, sent[0]);
        Ok(())
    })
}

#[test]
fn an_interface_that_goes_away_ends_the_source() -> Result<()> {
    on_veth(|bench| {
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        bench.ip(&["link", "del", TRAFFIC])?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match source.poll(1, Duration::from_millis(100), &mut |_| {}) {
                Ok(_) => ensure!(Instant::now() < deadline, "it was not noticed"),
                Err(error) => {
                    assert!(error.to_string().contains("it was removed"), "{error}");
                    return Ok(());
                }
            }
        }
    })
}

/// Starts the real agent on the sensed end and waits until its program sits there.
fn agent_on(bench: &Bench, data: &Path) -> Result<agent::Agent> {
    let mut options = Options::new(agent::Source::Interface(MIRROR.to_owned()), data)?;
    options.namespace = Some(bench.name().to_owned());
    let running = options.start()?;
    wait_for("the program on the interface", PATIENCE, || {
        bench.mirror_program()
    })?;
    Ok(running)
}

#[test]
fn no_program_stays_behind_after_a_kill_and_the_next_start_takes_over() -> Result<()> {
    on_veth(|bench| {
        let folder = tempfile::TempDir::new()?;
        agent_on(bench, folder.path())?.kill()?;
        // Taking over at once, while the kernel may still be cleaning up.
        let next = agent_on(bench, folder.path())?;
        assert_eq!(bench.mirror_program()?.as_deref(), Some("xdp"));
        next.kill()?;
        let gone = || Ok(bench.mirror_program()?.is_none().then_some(()));
        wait_for("the program going away", PATIENCE, gone)?;
        agent_on(bench, folder.path())?.stop()?;
        wait_for("the program going away", PATIENCE, gone)
    })
}
