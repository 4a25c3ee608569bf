//! The kernel program on a real veth pair: frames whole and in order, and every frame sent in its
//! place in the counters.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sensor_agent::capture::xdp::rules::{Action, FilterRule, Match};
use sensor_agent::capture::xdp::{XdpSettings, XdpSource};
use sensor_agent::capture::{Progress, Source, SourceStatus};
use sensor_common::counter::Counter;
use sensor_common::settings::Verdict;
use sensor_e2e::flood::Flood;
use sensor_e2e::frames::modbus_read;
use sensor_e2e::inject::Injector;
use sensor_e2e::netns::{Bench, MIRROR, TRAFFIC};
use sensor_e2e::{PATIENCE, pcap, wait_for};
use support::{CLIENT, on_veth, polls, read};

/// The right side of the conservation sum.
fn accounted(status: &SourceStatus) -> u64 {
    let sum = |list: &[(&'static str, u64)]| list.iter().map(|(_, count)| count).sum::<u64>();
    sum(&status.filtered) + status.counted + status.handed_up + sum(&status.lost)
}

/// Waits until the program has seen so many frames.
fn received(source: &XdpSource, count: u64) -> Result<()> {
    wait_for(&format!("frame {count}"), PATIENCE, || {
        Ok((source.status().received == count).then_some(()))
    })
}

/// Reads what is left when nobody sends any more, until the program has seen what the driver took
/// and all that was handed up is read; tells how many frames that were, and the counters.
fn read_the_rest(source: &mut XdpSource, bench: &Bench) -> Result<(u64, SourceStatus)> {
    let mut read: u64 = 0;
    let status = wait_for("the program to see what the driver took", PATIENCE, || {
        let arrived = bench.mirror_received()?;
        let mut idle = false;
        while !idle {
            match source.poll(4096, Duration::from_millis(20), &mut |_| {})? {
                Progress::Frames(frames) => read += u64::try_from(frames)?,
                Progress::Idle | Progress::Finished => idle = true,
            }
        }
        let status = source.status();
        let quiet = bench.mirror_received()? == arrived && status.received == arrived;
        Ok(quiet.then_some(status))
    })?;
    Ok((read, status))
}

#[test]
fn frames_come_up_whole_and_in_order_in_native_mode() -> Result<()> {
    on_veth(|bench| {
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        assert_eq!(source.status().mode, "native");
        assert_eq!(bench.mirror_program()?.as_deref(), Some("xdp"));
        let sent = polls(1000);
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 50_000)?;
        assert_eq!(read(&mut source, sent.len())?, sent);
        let counters = source.kernel_counters()?;
        assert_eq!(counters.get(Counter::Received), 1000);
        assert_eq!(counters.unexplained(), 0);
        let flows = source.drain_flows()?;
        assert_eq!(flows.len(), 7);
        let packets: u64 = flows
            .iter()
            .flat_map(|flow| flow.stats.halves)
            .map(|half| half.packets)
            .sum();
        assert_eq!(packets, 1000);
        assert!(source.drain_flows()?.is_empty());
        Ok(())
    })
}

#[test]
fn frame_times_are_wall_clock_times() -> Result<()> {
    on_veth(|_| {
        let wall = || {
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map(|since| since.as_nanos())
        };
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let before = wall()?;
        Injector::open(TRAFFIC)?.send(&polls(1)[0])?;
        let mut time = None;
        source.poll(1, PATIENCE, &mut |frame| {
            time = Some(u128::from(frame.time.as_nanos()));
        })?;
        // Only now: the veth hands frames on by soft interrupt, which may come after the send.
        let after = wall()?;
        let time = time.context("no frame")?;
        // How well the distance between the two clocks is known.
        let slack = 100_000;
        assert!(
            time + slack >= before && time <= after + slack,
            "{before} {time} {after}"
        );
        Ok(())
    })
}

#[test]
fn frames_longer_than_a_page_come_up_whole() -> Result<()> {
    on_veth(|_| {
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let sent: Vec<Vec<u8>> = [1514, 4097, 9018, 20_000, 60_000]
            .into_iter()
            .map(|len| {
                let mut frame = modbus_read(CLIENT, 40000, 1);
                let filler = (0..len - frame.len()).map(|n| u8::try_from(n % 251).unwrap_or(0));
                frame.extend(filler.collect::<Vec<_>>());
                frame
            })
            .collect();
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 1000)?;
        let got = read(&mut source, sent.len())?;
        let lengths = |frames: &[Vec<u8>]| frames.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(&got), lengths(&sent));
        assert!(got == sent, "contents differ");
        Ok(())
    })
}

#[test]
fn every_frame_of_the_captures_passes_unchanged() -> Result<()> {
    on_veth(|_| {
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let injector = Injector::open(TRAFFIC)?;
        let mut total = 0;
        for name in [
            "modbus/quickdraw_modbus_part2.pcap",
            "scan/simplescan_port_scan.pcap",
            "malformed/tcpdump_ipv4_invalid_total_length.pcap",
        ] {
            let sent: Vec<Vec<u8>> = pcap::read(&sensor_e2e::capture(name))?
                .into_iter()
                .map(|record| record.bytes)
                .collect();
            injector.send_paced(sent.iter().map(Vec::as_slice), 20_000)?;
            assert!(read(&mut source, sent.len())? == sent, "{name}");
            total += sent.len();
        }
        let status = source.status();
        assert_eq!(usize::try_from(status.received)?, total);
        assert_eq!(accounted(&status), status.received);
        Ok(())
    })
}

#[test]
fn an_overloaded_ring_loses_in_the_open() -> Result<()> {
    on_veth(|bench| {
        let settings = XdpSettings {
            ring_bytes: 64 << 10,
            verdict: Verdict::Consume,
            ..XdpSettings::new(MIRROR)
        };
        let mut source = XdpSource::open(settings)?;
        let sent = Flood::open(TRAFFIC)?.run(&polls(4), 0, Duration::from_millis(200))?;
        let (read, status) = read_the_rest(&mut source, bench)?;
        assert!(status.received <= sent, "{status:?} of {sent}");
        assert_eq!(accounted(&status), status.received, "{status:?}");
        assert_eq!(status.handed_up, read, "what was handed up was read");
        let full = status
            .lost
            .iter()
            .find(|(reason, _)| *reason == "ring_full");
        let full = full.context("no such reason")?.1;
        assert!(full > 10_000, "the ring was to overflow: {status:?}");
        Ok(())
    })
}

#[test]
fn rules_leave_out_what_they_name() -> Result<()> {
    on_veth(|_| {
        let settings = XdpSettings {
            rules: vec![
                FilterRule {
                    what: Match::Port(40003),
                    action: Action::Exclude,
                },
                FilterRule {
                    what: Match::Subnet("192.0.2.0/24".parse()?),
                    action: Action::Include,
                },
            ],
            ..XdpSettings::new(MIRROR)
        };
        let mut source = XdpSource::open(settings)?;
        let sent = polls(700);
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 50_000)?;
        assert_eq!(read(&mut source, 600)?.len(), 600);
        let status = source.status();
        assert!(status.filtered.contains(&("port", 100)), "{status:?}");
        assert_eq!(accounted(&status), 700);
        assert_eq!(source.rule_hits()?, [100, 700]);
        Ok(())
    })
}

#[test]
fn rules_change_while_frames_come_in_and_none_is_lost() -> Result<()> {
    on_veth(|bench| {
        let rule = |port, action| FilterRule {
            what: Match::Port(port),
            action,
        };
        let first = [rule(40001, Action::Exclude), rule(40002, Action::Exclude)];
        let second = [rule(40003, Action::Exclude), rule(40002, Action::Exclude)];
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let sent = polls(7000);
        let injector = Injector::open(TRAFFIC)?;
        thread::scope(|scope| -> Result<()> {
            let sender =
                scope.spawn(|| injector.send_paced(sent.iter().map(Vec::as_slice), 10_000));
            while !sender.is_finished() {
                source.set_rules(&first)?;
                source.set_rules(&second)?;
                source.set_rules(&[])?;
                source.poll(4096, Duration::from_millis(1), &mut |_| {})?;
            }
            sender
                .join()
                .map_err(|_| anyhow::anyhow!("the sender panicked"))??;
            Ok(())
        })?;
        let (_, status) = read_the_rest(&mut source, bench)?;
        assert_eq!(status.received, 7000);
        assert_eq!(accounted(&status), 7000, "{status:?}");

        // What stands at the end is what counts, and a kept rule keeps its hits.
        source.set_rules(&second)?;
        injector.send_paced(sent[..700].iter().map(Vec::as_slice), 50_000)?;
        received(&source, 7700)?;
        source.set_rules(&[rule(40002, Action::Exclude)])?;
        assert_eq!(source.rule_hits()?, [100]);
        injector.send_paced(sent[..700].iter().map(Vec::as_slice), 50_000)?;
        received(&source, 8400)?;
        assert_eq!(source.rule_hits()?, [200]);
        Ok(())
    })
}

#[test]
fn a_hundred_thousand_subnets_fit() -> Result<()> {
    on_veth(|_| {
        let mut rules: Vec<FilterRule> = (0..100_000_u32)
            .map(|n| {
                let [_, a, b, c] = n.to_be_bytes();
                FilterRule {
                    what: Match::Subnet(format!("10.{a}.{b}.{c}/32").parse().expect("a host")),
                    action: Action::Exclude,
                }
            })
            .collect();
        rules.push(FilterRule {
            what: Match::Subnet("192.0.2.1/32".parse()?),
            action: Action::Exclude,
        });
        let mut source = XdpSource::open(XdpSettings::new(MIRROR))?;
        let others: Vec<FilterRule> = (0..100_000_u32)
            .map(|n| {
                let [_, a, b, c] = n.to_be_bytes();
                FilterRule {
                    what: Match::Subnet(format!("11.{a}.{b}.{c}/32").parse().expect("a host")),
                    action: Action::Exclude,
                }
            })
            .collect();
        for set in [&others, &rules] {
            let started = Instant::now();
            source.set_rules(set)?;
            eprintln!("{} subnets: {:?}", set.len(), started.elapsed());
        }
        let sent = polls(10);
        Injector::open(TRAFFIC)?.send_paced(sent.iter().map(Vec::as_slice), 1000)?;
        received(&source, 10)?;
        assert!(source.status().filtered.contains(&("subnet", 10)));
        assert_eq!(source.rule_hits()?.last(), Some(&10));
        Ok(())
    })
}

#[test]
fn nothing_is_lost_at_a_steady_rate() -> Result<()> {
    on_veth(|bench| {
        let settings = XdpSettings {
            verdict: Verdict::Consume,
            ..XdpSettings::new(MIRROR)
        };
        let mut source = XdpSource::open(settings)?;
        let flood = Flood::open(TRAFFIC)?;
        let mut read: u64 = 0;
        thread::scope(|scope| -> Result<()> {
            let sender = scope.spawn(|| -> Result<()> {
                // A busy machine sends fewer a second.
                let mut sent = 0;
                while sent < 20_000 {
                    sent += flood.run(&polls(64), 20_000, Duration::from_secs(1))?;
                }
                Ok(())
            });
            while !sender.is_finished() {
                if let Progress::Frames(frames) =
                    source.poll(4096, Duration::from_millis(20), &mut |_| {})?
                {
                    read += u64::try_from(frames)?;
                }
            }
            sender
                .join()
                .map_err(|_| anyhow::anyhow!("the sender panicked"))?
        })?;
        let (rest, status) = read_the_rest(&mut source, bench)?;
        assert_eq!(read + rest, status.received, "{status:?}");
        ensure!(status.received > 10_000, "too few: {status:?}");
        Ok(())
    })
}
