//! A Modbus conversation for the kernel bench: the frame of a test run is the same each time, so a
//! tool program makes it the next one of the conversation and then calls the program under test.
//!
//! Data in: the loaded program under test. Data out: mean time for each frame, the tool included;
//! [`Dialogue::time_alone`] says what the tool takes. Limits: as for [`crate::kernel`].

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use aya::Ebpf;
use aya::maps::{Array, ProgramArray};
use aya::programs::{ProgramFd, TestRun, TestRunOptions, Xdp};
use sensor_common::dialogue::{self as layout, FRAME, Turn};
use sensor_common::flow::Direction;
use sensor_common::operation::{Aggregated, KIND_REQUEST, KIND_RESPONSE, OperationKey};

use crate::flood::tools;
use crate::frames::{ethernet, ipv4, modbus_read, tcp};
use crate::kernel::{Kernel, granted, load, xdp};

const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];
const CLIENT_PORT: u16 = 40000;

/// The tool with its maps.
pub struct Dialogue {
    tools: Ebpf,
}

impl Dialogue {
    /// Loads the tool.
    pub fn load() -> Result<Self> {
        let mut tools = tools()?;
        for name in ["dialogue", "empty"] {
            load(&mut tools, name)?;
        }
        Ok(Self { tools })
    }

    /// Lets both sides speak to `kernel` as far as it takes to grant both operations, and grants
    /// them.
    pub fn introduce(&mut self, kernel: &mut Kernel) -> Result<()> {
        kernel.port_protocol(502, false, Aggregated::Modbus)?;
        let program = kernel.fd()?.try_clone()?;
        self.rewind(&program)?;
        let mut request = 0;
        for (handle, kind) in [(1, KIND_REQUEST), (2, KIND_RESPONSE)] {
            self.once()?;
            let (header, _) = kernel.take_record().context("a frame was not handed up")?;
            ensure!(header.kind == kind, "kind {} is not {kind}", header.kind);
            let key = OperationKey {
                flow: header.flow,
                operation: header.operation,
                request,
                protocol: header.protocol,
                kind,
                direction: Direction::from_u8(header.direction) as u8,
                reserved: 0,
            };
            kernel.grant(key, granted(handle))?;
            request = handle;
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
        let [request, response] = sides()?;
        let start = layout::Dialogue {
            turns: [request, response],
            next: 0,
        };
        let map = self
            .tools
            .map_mut("DIALOGUE")
            .ok_or_else(|| anyhow!("no map DIALOGUE"))?;
        Array::try_from(map)?.set(0, start, 0)?;
        let map = self
            .tools
            .map_mut("MEASURED")
            .ok_or_else(|| anyhow!("no map MEASURED"))?;
        ProgramArray::try_from(map)?.set(0, program, 0)?;
        Ok(())
    }

    fn once(&self) -> Result<()> {
        self.run(1).map(drop)
    }

    fn run(&self, repeat: u32) -> Result<Duration> {
        let tool: &Xdp = xdp(&self.tools, "dialogue")?;
        let result = tool.test_run(TestRunOptions {
            data_in: Some(&[0; FRAME]),
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

/// The two sides of the conversation: a read of ten registers and its response.
fn sides() -> Result<[Turn; 2]> {
    let request = modbus_read(CLIENT, CLIENT_PORT, 1);
    let message = [vec![0, 1, 0, 0, 0, 23, 1, 3, 20], vec![0; 20]].concat();
    let response = [
        ethernet(0x0800),
        ipv4(SERVER, CLIENT, 6, 20 + message.len()),
        tcp(502, CLIENT_PORT),
        message.clone(),
    ]
    .concat();
    Ok([
        turn(request, 12)?,
        turn(response, u32::try_from(message.len())?)?,
    ])
}

fn turn(mut frame: Vec<u8>, payload: u32) -> Result<Turn> {
    frame.resize(FRAME, 0);
    let frame = frame
        .try_into()
        .map_err(|_| anyhow!("the frame does not fit"))?;
    Ok(Turn {
        frame,
        sequence: 1,
        payload,
        said: 1,
    })
}
