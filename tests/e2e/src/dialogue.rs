//! A conversation for the kernel bench: the frame of a test run is the same each time, so a tool
//! program makes it the next one of the conversation and then calls the program under test.
//!
//! Data in: the loaded program under test and what is said. Data out: mean time for each frame, the
//! tool included; [`Dialogue::time_alone`] says what the tool takes. Limits: as for
//! [`crate::kernel`]; one or two turns.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use aya::Ebpf;
use aya::maps::{Array, ProgramArray};
use aya::programs::{ProgramFd, TestRun, TestRunOptions, Xdp};
use sensor_common::dialogue::{self as layout, FRAME, Turn};
use sensor_common::operation::{KIND_NONE, KIND_REQUEST, OperationKey};
use sensor_common::ports::{AGGREGATED_PORTS, Transport};

use crate::exchanges::{Carrier, Exchange, SEQUENCE_AT};
use crate::flood::tools;
use crate::kernel::{Kernel, granted, load, xdp};

/// The station that speaks.
const STATION: u16 = 1;
/// Rounds until everything is granted: a step of one's own is known in the second.
const ROUNDS: usize = 2;

/// The tool with its maps.
pub struct Dialogue {
    tools: Ebpf,
    start: layout::Dialogue,
}

impl Dialogue {
    /// Loads the tool for a conversation.
    pub fn load(exchange: &Exchange) -> Result<Self> {
        let mut tools = tools()?;
        for name in ["dialogue", "empty"] {
            load(&mut tools, name)?;
        }
        Ok(Self {
            tools,
            start: start(exchange)?,
        })
    }

    /// The frame that opens the conversation.
    pub fn frame(&self) -> &[u8] {
        let len = usize::try_from(self.start.len).unwrap_or(FRAME);
        self.start.turns[0].frame.get(..len).unwrap_or_default()
    }

    /// Lets all sides speak to `kernel` as far as it takes to grant what they say, and grants it.
    pub fn introduce(&mut self, kernel: &mut Kernel) -> Result<()> {
        for known in AGGREGATED_PORTS {
            let udp = known.transport == Transport::Udp;
            kernel.port_protocol(known.port, udp, known.protocol)?;
        }
        let program = kernel.fd()?.try_clone()?;
        self.rewind(&program)?;
        let turns = ROUNDS * (usize::try_from(self.start.alternates)? + 1);
        let mut request = 0;
        for handle in 1..=u32::try_from(turns)? {
            self.run(1)?;
            let Some((header, _)) = kernel.take_record() else {
                continue;
            };
            if header.kind == KIND_NONE {
                continue;
            }
            let key = OperationKey {
                flow: header.flow,
                operation: header.operation,
                request,
                protocol: header.protocol,
                kind: header.kind,
                direction: header.direction,
                reserved: 0,
            };
            kernel.grant(key, granted(handle))?;
            request = if header.kind == KIND_REQUEST {
                handle
            } else {
                0
            };
        }
        Ok(())
    }

    /// Mean time of a frame over `repeat` frames.
    pub fn time(&self, repeat: u32) -> Result<Duration> {
        self.run(repeat)
    }

    /// As [`Self::time`], with the empty program instead of the one under test.
    pub fn time_alone(&mut self, repeat: u32) -> Result<Duration> {
        let empty = xdp(&self.tools, "empty")?.fd()?.try_clone()?;
        self.rewind(&empty)?;
        self.run(repeat)
    }

    /// Starts the conversation from its first frame, spoken to `program`.
    fn rewind(&mut self, program: &ProgramFd) -> Result<()> {
        let map = self
            .tools
            .map_mut("DIALOGUE")
            .ok_or_else(|| anyhow!("no map DIALOGUE"))?;
        Array::try_from(map)?.set(0, self.start, 0)?;
        let map = self
            .tools
            .map_mut("MEASURED")
            .ok_or_else(|| anyhow!("no map MEASURED"))?;
        ProgramArray::try_from(map)?.set(0, program, 0)?;
        Ok(())
    }

    fn run(&self, repeat: u32) -> Result<Duration> {
        let tool: &Xdp = xdp(&self.tools, "dialogue")?;
        let result = tool.test_run(TestRunOptions {
            data_in: Some(self.frame()),
            repeat,
            ..TestRunOptions::default()
        })?;
        ensure!(
            result.return_value == 2,
            "the program under test did not run"
        );
        Ok(result.duration)
    }
}

/// What the tool starts from. Frames are as long as the longest, with link padding where one is
/// shorter.
fn start(exchange: &Exchange) -> Result<layout::Dialogue> {
    let frames: Vec<Vec<u8>> = exchange
        .turns
        .iter()
        .map(|(side, message)| exchange.frame(STATION, *side, 1, message))
        .collect();
    let len = frames.iter().map(Vec::len).max().context("no turns")?;
    let step = exchange.count.map_or(0, |count| count.step);
    let turn = |index: usize| -> Result<Turn> {
        let mut frame = frames[index].clone();
        frame.resize(FRAME, 0);
        Ok(Turn {
            frame: frame
                .try_into()
                .map_err(|_| anyhow!("the frame does not fit"))?,
            sequence: 1,
            payload: u32::try_from(exchange.turns[index].1.len())?,
            count: 0,
            step,
            reserved: 0,
        })
    };
    let last = frames.len() - 1;
    let count = exchange.count;
    Ok(layout::Dialogue {
        turns: [turn(0)?, turn(last)?],
        next: 0,
        alternates: u32::try_from(last)?,
        len: u32::try_from(len)?,
        sequence_at: match exchange.carrier {
            Carrier::Tcp(_) => u32::try_from(SEQUENCE_AT)?,
            Carrier::Udp(_) | Carrier::Link(_) => 0,
        },
        count_at: match count {
            Some(count) => u32::try_from(exchange.carrier.head() + count.at)?,
            None => 0,
        },
        wide: u32::from(count.is_some_and(|count| count.width == 4)),
        little_endian: u32::from(count.is_some_and(|count| count.little_endian)),
        reserved: 0,
    })
}
