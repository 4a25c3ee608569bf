//! Every protocol whose messages the kernel program looks into, in its own program: what is granted
//! is counted, what is cut anywhere or does more than read goes up.

use anyhow::{Context, Result, ensure};
use sensor_common::maps::CLASSIFIER_PROGRAMS;
use sensor_common::operation::{KIND_NONE, KIND_REQUEST, OperationKey};
use sensor_common::ports::{AGGREGATED_PORTS, Transport};
use sensor_common::record::RecordHeader;
use sensor_e2e::exchanges::{Carrier, Exchange, Side, exchanges};
use sensor_e2e::kernel::{Kernel, Run, aggregating_settings, granted, with_kernel};

/// Rounds that are handed up before the first that is counted: a step of one's own takes two.
const ROUNDS: u32 = 2;
/// The kernel takes no shorter frame for a test run.
const SHORTEST: usize = 14;

/// A conversation of one station, granted.
struct Talk<'a> {
    kernel: &'a mut Kernel,
    exchange: &'a Exchange,
    station: u16,
    /// TCP sequence numbers of client and server.
    next: [u32; 2],
}

impl<'a> Talk<'a> {
    fn granted(kernel: &'a mut Kernel, exchange: &'a Exchange, station: u16) -> Result<Self> {
        let mut this = Self {
            kernel,
            exchange,
            station,
            next: [1000, 5000],
        };
        for round in 0..ROUNDS {
            let mut request = 0;
            for turn in 0..exchange.turns.len() {
                let handle = round * 2 + u32::try_from(turn)? + 1;
                let message = exchange.message(turn, round);
                let run = this.say(turn, &message)?;
                // Granted in the first round, unless the step was not known yet.
                let Some((header, _)) = run.record else {
                    ensure!(round > 0, "{:?} was not handed up first", exchange.protocol);
                    continue;
                };
                if header.kind == KIND_NONE {
                    ensure!(round == 0, "{:?} is not recognised", exchange.protocol);
                    continue;
                }
                ensure!(header.protocol == exchange.protocol as u8, "{header:?}");
                this.kernel.grant(key(&header, request), granted(handle))?;
                request = if header.kind == KIND_REQUEST {
                    handle
                } else {
                    0
                };
            }
        }
        Ok(this)
    }

    fn frame(&mut self, side: Side, payload: &[u8]) -> Result<Vec<u8>> {
        let sequence = &mut self.next[usize::from(side == Side::Server)];
        let frame = self.exchange.frame(self.station, side, *sequence, payload);
        *sequence = sequence.wrapping_add(u32::try_from(payload.len())?);
        Ok(frame)
    }

    fn say(&mut self, turn: usize, payload: &[u8]) -> Result<Run> {
        let frame = self.frame(self.exchange.turns[turn].0, payload)?;
        self.kernel.run(&frame)
    }

    /// Says the turns of a round up to `turn`, which must be counted.
    fn counts(&mut self, round: u32, turns: usize) -> Result<()> {
        for turn in 0..turns {
            let message = self.exchange.message(turn, round);
            let run = self.say(turn, &message)?;
            ensure!(
                run.record.is_none() && run.moved.get("counted") == Some(&1),
                "{:?} round {round} turn {turn}: {run:?}",
                self.exchange.protocol
            );
        }
        Ok(())
    }
}

fn key(header: &RecordHeader, request: u32) -> OperationKey {
    OperationKey {
        flow: header.flow,
        operation: header.operation,
        request,
        protocol: header.protocol,
        kind: header.kind,
        direction: header.direction,
        reserved: 0,
    }
}

/// Runs `test` for every protocol, on a program that knows the assigned ports.
fn for_each(mut test: impl FnMut(&mut Kernel, &Exchange, &mut u16) -> Result<()>) -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(aggregating_settings())?;
        for known in AGGREGATED_PORTS {
            kernel.port_protocol(
                known.port,
                known.transport == Transport::Udp,
                known.protocol,
            )?;
        }
        let mut station = 1;
        for exchange in exchanges() {
            test(kernel, &exchange, &mut station)
                .with_context(|| format!("{:?}", exchange.protocol))?;
        }
        ensure!(kernel.counters()?.unexplained() == 0);
        Ok(())
    })
}

/// A frame goes up whole or not at all.
fn handed_up(run: &Run, frame: &[u8], what: &str) -> Result<()> {
    let (_, data) = run
        .record
        .as_ref()
        .with_context(|| format!("{what}: {:?}", run.moved))?;
    ensure!(data == frame, "{what}: the record is not the frame");
    ensure!(
        !run.moved.contains_key("counted"),
        "{what}: {:?}",
        run.moved
    );
    Ok(())
}

#[test]
fn there_is_a_conversation_for_every_program() {
    let spoken: Vec<_> = exchanges()
        .iter()
        .map(|exchange| exchange.protocol)
        .collect();
    let looked_into = CLASSIFIER_PROGRAMS.map(|(protocol, _)| protocol);
    assert_eq!(spoken, looked_into);
}

#[test]
fn granted_messages_are_counted() -> Result<()> {
    for_each(|kernel, exchange, station| {
        let mut talk = Talk::granted(kernel, exchange, *station)?;
        *station += 1;
        for round in ROUNDS..ROUNDS + 20 {
            talk.counts(round, exchange.turns.len())?;
        }
        Ok(())
    })
}

#[test]
fn messages_cut_at_every_length_go_up() -> Result<()> {
    for_each(|kernel, exchange, station| {
        for turn in 0..exchange.turns.len() {
            let message = exchange.message(turn, ROUNDS);
            for len in 0..message.len() {
                // A TCP segment without payload is an acknowledgment, which nobody granted.
                let mut talk = Talk::granted(kernel, exchange, *station)?;
                talk.counts(ROUNDS, turn)?;
                let frame = talk.frame(exchange.turns[turn].0, &message[..len])?;
                if frame.len() < SHORTEST + 1 {
                    continue;
                }
                let run = talk.kernel.run(&frame)?;
                handed_up(&run, &frame, &format!("turn {turn} cut to {len}"))?;
                *station += 1;
            }
        }
        Ok(())
    })
}

#[test]
fn frames_shorter_than_their_headers_say_go_up() -> Result<()> {
    for_each(|kernel, exchange, station| {
        if matches!(exchange.carrier, Carrier::Link(_)) {
            return Ok(());
        }
        for turn in 0..exchange.turns.len() {
            let message = exchange.message(turn, ROUNDS);
            for missing in 1..message.len() {
                let mut talk = Talk::granted(kernel, exchange, *station)?;
                talk.counts(ROUNDS, turn)?;
                let frame = talk.frame(exchange.turns[turn].0, &message)?;
                let cut = &frame[..frame.len() - missing];
                let run = talk.kernel.run(cut)?;
                handed_up(&run, cut, &format!("turn {turn} without {missing}"))?;
                *station += 1;
            }
        }
        Ok(())
    })
}

#[test]
fn what_does_more_than_read_goes_up() -> Result<()> {
    for_each(|kernel, exchange, station| {
        ensure!(!exchange.loud.is_empty());
        for (what, turn, message) in &exchange.loud {
            let mut talk = Talk::granted(kernel, exchange, *station)?;
            talk.counts(ROUNDS, exchange.turns.len())?;
            talk.counts(ROUNDS, *turn)?;
            let frame = talk.frame(exchange.turns[*turn].0, message)?;
            let run = talk.kernel.run(&frame)?;
            handed_up(&run, &frame, what)?;
            *station += 1;
        }
        Ok(())
    })
}

#[test]
fn a_changed_message_has_exactly_one_outcome() -> Result<()> {
    for_each(|kernel, exchange, station| {
        for turn in 0..exchange.turns.len() {
            let message = exchange.message(turn, ROUNDS);
            for at in 0..message.len() {
                let mut other = message.clone();
                other[at] ^= 0x11;
                let mut talk = Talk::granted(kernel, exchange, *station)?;
                talk.counts(ROUNDS, turn)?;
                let run = talk.say(turn, &other)?;
                // Either goes up in full or is counted: never both, never neither.
                let counted = run.moved.get("counted").copied().unwrap_or(0);
                let up = run.moved.get("handed_up").copied().unwrap_or(0);
                ensure!(counted + up == 1, "turn {turn} byte {at}: {:?}", run.moved);
                *station += 1;
            }
        }
        Ok(())
    })
}
