//! Arguments of the few calls whose arguments tell what is done: names of services, tasks, keys, commands.
//!
//! Data in: the stub of a first fragment that is not encrypted, in NDR or in its form of 64 bits. Data
//! out: names. Source of the encoding: C706, 14 (NDR), MS-RPCE 2.2.5 (NDR64); of the arguments: MS-SCMR 3.1.4, MS-TSCH 3.2.5,
//! MS-RRP 3.1.5, C706 appendix L (towers).

use smallvec::SmallVec;

use super::interfaces;
use super::uuid::Order;
use crate::dissect::cursor::{Cursor, Short};
use crate::dissect::told::Told;

/// A handle (C706, 6.1).
const HANDLE: usize = 20;

/// Reads the arguments of a request, by number of interface and of operation.
pub(super) fn read(key: (u16, u16), wide: bool, order: Order, stub: &[u8], told: &mut Told) {
    let mut ndr = Ndr {
        cursor: Cursor::new(stub),
        order,
        wide,
    };
    let (_, operation) = key;
    // Arguments that end early tell nothing more; lengths of strings are the caller's business.
    let _ = match key {
        (1, 12 | 24 | 44 | 45 | 60) => service(&mut ndr, matches!(operation, 24 | 44), told),
        (1, 16 | 28) => ndr
            .skip(HANDLE)
            .and_then(|()| ndr.string(operation == 28, told)),
        (1, 1) => ndr.skip(HANDLE).and_then(|()| {
            told.id("control", ndr.u32()?);
            Ok(())
        }),
        (2, 0) => job(&mut ndr, told),
        (3, 1) => task(&mut ndr, told),
        (3, 2 | 3 | 7 | 11..=13 | 19) => ndr.string(false, told),
        (9, 6 | 7 | 8 | 15 | 22) => ndr.skip(HANDLE).and_then(|()| ndr.counted_string(told)),
        (14, 3) => tower(&mut ndr, told),
        _ => Ok(()),
    };
}

/// Octets of a stub, read with the alignment of NDR.
struct Ndr<'a> {
    cursor: Cursor<'a>,
    order: Order,
    /// The transfer syntax with pointers and counts of 64 bits (MS-RPCE 2.2.5).
    wide: bool,
}

impl<'a> Ndr<'a> {
    fn align(&mut self, to: usize) -> Result<(), Short> {
        let over = self.cursor.offset().checked_rem(to).unwrap_or_default();
        if over == 0 {
            return Ok(());
        }
        self.skip(to.saturating_sub(over))
    }

    fn skip(&mut self, octets: usize) -> Result<(), Short> {
        self.cursor.skip(octets)
    }

    fn u32(&mut self) -> Result<u32, Short> {
        self.align(4)?;
        self.order.u32(&mut self.cursor)
    }

    /// A count, or what stands for a pointer.
    fn size(&mut self) -> Result<usize, Short> {
        if !self.wide {
            return Ok(usize::try_from(self.u32()?).unwrap_or(usize::MAX));
        }
        self.align(8)?;
        Ok(usize::try_from(self.cursor.u64_le()?).unwrap_or(usize::MAX))
    }

    /// A conformant and varying string: most it may have, offset, length, characters.
    fn octets(&mut self, single: bool) -> Result<&'a [u8], Short> {
        self.size()?;
        self.size()?;
        let characters = self.size()?;
        let width = if single { 1 } else { 2 };
        self.cursor.take(characters.saturating_mul(width))
    }

    fn characters(&mut self, single: bool, told: &mut Told) -> Result<(), Short> {
        let octets = self.octets(single)?;
        if single {
            told.ascii(octets);
            return Ok(());
        }
        // Characters of large machines are not met: nobody runs Windows on them.
        if self.order == Order::Little {
            told.utf16(octets);
        }
        Ok(())
    }

    fn string(&mut self, single: bool, told: &mut Told) -> Result<(), Short> {
        self.characters(single, told)?;
        told.finish();
        Ok(())
    }

    /// A string that may be absent.
    fn unique_string(&mut self, told: &mut Told) -> Result<(), Short> {
        match self.size()? {
            0 => Ok(()),
            _ => self.string(false, told),
        }
    }

    /// `RPC_UNICODE_STRING` (MS-DTYP 2.3.10).
    fn counted_string(&mut self, told: &mut Told) -> Result<(), Short> {
        self.align(if self.wide { 8 } else { 4 })?;
        self.skip(4)?;
        self.unique_string(told)
    }
}

/// `RCreateServiceW`: name, name for people, access, type, start, error control, path of the program.
fn service(ndr: &mut Ndr<'_>, single: bool, told: &mut Told) -> Result<(), Short> {
    ndr.skip(HANDLE)?;
    ndr.string(single, told)?;
    if ndr.size()? != 0 {
        ndr.string(single, told)?;
    }
    ndr.u32()?;
    told.id("service_type", ndr.u32()?);
    told.id("start_type", ndr.u32()?);
    ndr.u32()?;
    ndr.characters(single, told)?;
    program(told, |told| told.finish_as("program"));
    Ok(())
}

/// Tells the program of the command line that was put together, and how long its arguments are. What they
/// say is not told: they may hold passwords.
fn program(told: &mut Told, finish: impl FnOnce(&mut Told)) {
    let arguments = told.shorten(program_length);
    finish(told);
    if let Ok(length @ 1..) = u64::try_from(arguments) {
        told.id("argument_bytes", length);
    }
}

/// Octets of a command line up to where its arguments start. Paths may have blanks in them without quotes.
fn program_length(command: &str) -> usize {
    const EXTENSIONS: [&str; 8] = [
        ".exe", ".com", ".bat", ".cmd", ".ps1", ".vbs", ".dll", ".sys",
    ];
    if let Some(quoted) = command.strip_prefix('"') {
        return quoted
            .find('"')
            .map_or(command.len(), |at| at.saturating_add(2));
    }
    let lower = command.to_ascii_lowercase();
    let ends = |at: usize| {
        let behind = lower.get(at..).and_then(|rest| rest.chars().next());
        behind.is_none_or(char::is_whitespace)
    };
    let arguments = [" /", " -", "&", "|"]
        .iter()
        .filter_map(|start| lower.find(start))
        .min()
        .unwrap_or(lower.len());
    let named = EXTENSIONS
        .iter()
        .flat_map(|extension| lower.match_indices(extension))
        .map(|(at, extension)| at.saturating_add(extension.len()))
        .filter(|end| *end <= arguments && ends(*end))
        .min();
    named
        .or_else(|| lower.find(char::is_whitespace))
        .unwrap_or(lower.len())
}

/// `NetrJobAdd`: server, then time, days, flags and the command.
fn job(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Short> {
    // The name of the server is the one that is called.
    if ndr.size()? != 0 {
        ndr.size()?;
        ndr.size()?;
        let characters = ndr.size()?;
        ndr.skip(characters.saturating_mul(2))?;
    }
    ndr.align(if ndr.wide { 8 } else { 4 })?;
    ndr.skip(10)?;
    if ndr.size()? != 0 {
        ndr.characters(false, told)?;
        program(told, Told::finish);
    }
    Ok(())
}

/// `SchRpcRegisterTask`: path of the task, then its definition in XML (MS-TSCH 2.5), of which the programs are
/// told. The rest of it may hold passwords.
fn task(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Short> {
    const PROGRAMS: usize = 4;
    ndr.unique_string(told)?;
    let mut xml = ndr.octets(false)?;
    for _ in 0..PROGRAMS {
        let Some(inner) = behind(xml, "<Command>") else {
            break;
        };
        let end = memchr::memchr(b'<', inner).unwrap_or(inner.len());
        told.utf16(inner.get(..end).unwrap_or(inner));
        program(told, |told| told.finish_as("program"));
        xml = inner;
    }
    Ok(())
}

/// What follows the first place where an ASCII text stands in UTF-16LE.
fn behind<'a>(octets: &'a [u8], text: &str) -> Option<&'a [u8]> {
    let wide: SmallVec<[u8; 32]> = text.bytes().flat_map(|letter| [letter, 0]).collect();
    let at = memchr::memmem::find(octets, &wide)?;
    octets.get(at.saturating_add(wide.len())..)
}

/// `ept_map`: the interface that is looked for stands on the first floor of the tower.
fn tower(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Short> {
    const UUID: u8 = 0x0d;
    // The object may be absent.
    if ndr.size()? != 0 {
        ndr.skip(16)?;
    }
    ndr.size()?;
    ndr.size()?;
    ndr.u32()?;
    // Floors are always in the order of small machines.
    let mut floors = ndr.cursor;
    floors.skip(4)?; // count of floors, length of the first one's left side
    if floors.u8()? == UUID {
        let uuid = Order::Little.uuid(&mut floors)?;
        match interfaces::find(uuid) {
            Some(interface) => told.label("mapped_interface", interface.name),
            None => told.label("mapped_interface", &uuid.to_string()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_a_command_line_are_cut_off() {
        for (command, program) in [
            ("%SystemRoot%\\PSEXESVC.exe", "%SystemRoot%\\PSEXESVC.exe"),
            ("cmd.exe /c net user bob Secret1 /add", "cmd.exe"),
            ("net user bob Secret1", "net"),
            ("net use x: Secret1 && c:\\a.exe", "net"),
            (
                "C:\\Program Files\\A B\\svc.exe -p Secret1",
                "C:\\Program Files\\A B\\svc.exe",
            ),
            ("\"C:\\A B\\svc\" Secret1", "\"C:\\A B\\svc\""),
            ("\"C:\\open", "\"C:\\open"),
            ("a.exec Secret1", "a.exec"),
            ("", ""),
        ] {
            let length = program_length(command);
            assert_eq!(command.get(..length), Some(program), "{command}");
        }
    }
}
