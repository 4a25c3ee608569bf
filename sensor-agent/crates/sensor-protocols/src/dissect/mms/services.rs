//! Services by number: name, class, and how their arguments are laid out.
//!
//! Source: ISO 9506-2:2003, ASN.1 module `ISO-9506-MMS-1`: the choices `ConfirmedServiceRequest` and
//! `UnconfirmedService`. The classes are ours.

use super::layout::{Field, Layout};
use crate::observation::OperationClass::{
    self, Config, Control, Diagnostic, Discovery, Event, File, Program, Read, Session, Write,
};

/// One confirmed service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) class: OperationClass,
    pub(super) layout: Layout,
}

const fn service(name: &'static str, class: OperationClass, layout: Layout) -> Service {
    Service {
        name,
        class,
        layout,
    }
}

pub(super) const STATUS: u32 = 0;
pub(super) const IDENTIFY: u32 = 2;
pub(super) const READ: u32 = 4;
pub(super) const WRITE: u32 = 5;

const NOTHING: Layout = Layout::Nothing;
const IDENTIFIER: Layout = Layout::Identifier;
const OBJECT: Layout = Layout::Object;
/// `[0]` is an object name.
const OBJECT_0: Layout = Layout::Fields(&[(0, Field::Object)]);
/// `[0]` is an identifier.
const NAME_0: Layout = Layout::Fields(&[(0, Field::Identifier)]);
/// `[1]` is a list of object names, `[2]` the domain they are in.
const SCOPED: Layout = Layout::Fields(&[(1, Field::Objects), (2, Field::Identifier)]);
/// `[0]` is a list of object names, or `[2]` a domain all of whose objects are meant.
const CHOSEN: Layout = Layout::Fields(&[(0, Field::Objects), (2, Field::Identifier)]);

/// `ConfirmedServiceRequest`, by its tag.
const CONFIRMED: [Service; 79] = [
    service("status", Diagnostic, NOTHING),
    service(
        "getNameList",
        Discovery,
        Layout::Fields(&[(0, Field::ObjectClass), (1, Field::Object)]),
    ),
    service("identify", Discovery, NOTHING),
    service("rename", Config, Layout::Fields(&[(1, Field::Object)])),
    service("read", Read, Layout::Read),
    service("write", Write, Layout::Write),
    service("getVariableAccessAttributes", Discovery, OBJECT_0),
    service("defineNamedVariable", Config, OBJECT_0),
    service("defineScatteredAccess", Config, OBJECT_0),
    service("getScatteredAccessAttributes", Discovery, OBJECT),
    service("deleteVariableAccess", Config, SCOPED),
    service("defineNamedVariableList", Config, Layout::DefineList),
    service("getNamedVariableListAttributes", Discovery, OBJECT),
    service("deleteNamedVariableList", Config, SCOPED),
    service("defineNamedType", Config, OBJECT_0),
    service("getNamedTypeAttributes", Discovery, OBJECT),
    service("deleteNamedType", Config, SCOPED),
    service("input", Read, NAME_0),
    service("output", Write, NAME_0),
    service("takeControl", Control, OBJECT_0),
    service("relinquishControl", Control, OBJECT_0),
    service("defineSemaphore", Config, OBJECT_0),
    service("deleteSemaphore", Config, OBJECT),
    service("reportSemaphoreStatus", Diagnostic, OBJECT),
    service("reportPoolSemaphoreStatus", Diagnostic, OBJECT_0),
    service("reportSemaphoreEntryStatus", Diagnostic, OBJECT_0),
    service("initiateDownloadSequence", Program, NAME_0),
    service("downloadSegment", Program, IDENTIFIER),
    service("terminateDownloadSequence", Program, NAME_0),
    service("initiateUploadSequence", Program, IDENTIFIER),
    service("uploadSegment", Program, Layout::Number("upload_state")),
    service(
        "terminateUploadSequence",
        Program,
        Layout::Number("upload_state"),
    ),
    service(
        "requestDomainDownload",
        Program,
        Layout::Fields(&[(0, Field::Identifier), (4, Field::File)]),
    ),
    service(
        "requestDomainUpload",
        Program,
        Layout::Fields(&[(0, Field::Identifier), (1, Field::File)]),
    ),
    service(
        "loadDomainContent",
        Program,
        Layout::Fields(&[(0, Field::Identifier), (4, Field::File)]),
    ),
    service(
        "storeDomainContent",
        Program,
        Layout::Fields(&[(0, Field::Identifier), (1, Field::File)]),
    ),
    service("deleteDomain", Program, IDENTIFIER),
    service("getDomainAttributes", Discovery, IDENTIFIER),
    service(
        "createProgramInvocation",
        Program,
        Layout::Fields(&[(0, Field::Identifier), (1, Field::Identifiers)]),
    ),
    service("deleteProgramInvocation", Program, IDENTIFIER),
    service("start", Control, NAME_0),
    service("stop", Control, NAME_0),
    service("resume", Control, NAME_0),
    service("reset", Control, NAME_0),
    service("kill", Control, NAME_0),
    service("getProgramInvocationAttributes", Discovery, IDENTIFIER),
    service(
        "obtainFile",
        File,
        Layout::Fields(&[(1, Field::File), (2, Field::File)]),
    ),
    service("defineEventCondition", Config, OBJECT_0),
    service("deleteEventCondition", Config, CHOSEN),
    service("getEventConditionAttributes", Discovery, OBJECT),
    service("reportEventConditionStatus", Diagnostic, OBJECT),
    service("alterEventConditionMonitoring", Config, OBJECT_0),
    service("triggerEvent", Control, OBJECT_0),
    service("defineEventAction", Config, OBJECT_0),
    service("deleteEventAction", Config, CHOSEN),
    service("getEventActionAttributes", Discovery, OBJECT),
    service("reportEventActionStatus", Diagnostic, OBJECT),
    service("defineEventEnrollment", Config, OBJECT_0),
    service(
        "deleteEventEnrollment",
        Config,
        Layout::Fields(&[(0, Field::Objects), (1, Field::Object), (2, Field::Object)]),
    ),
    service("alterEventEnrollment", Config, OBJECT_0),
    service("reportEventEnrollmentStatus", Diagnostic, OBJECT),
    service("getEventEnrollmentAttributes", Discovery, NOTHING),
    service("acknowledgeEventNotification", Event, OBJECT_0),
    service("getAlarmSummary", Event, NOTHING),
    service("getAlarmEnrollmentSummary", Event, NOTHING),
    service("readJournal", Read, OBJECT_0),
    service("writeJournal", Write, OBJECT_0),
    service("initializeJournal", Config, OBJECT_0),
    service("reportJournalStatus", Diagnostic, OBJECT),
    service("createJournal", Config, OBJECT_0),
    service("deleteJournal", Config, OBJECT_0),
    service("getCapabilityList", Discovery, NOTHING),
    service("fileOpen", File, Layout::Fields(&[(0, Field::File)])),
    service("fileRead", File, Layout::Number("file_read_state")),
    service("fileClose", File, Layout::Number("file_read_state")),
    service(
        "fileRename",
        File,
        Layout::Fields(&[(0, Field::File), (1, Field::File)]),
    ),
    service("fileDelete", File, Layout::File),
    service("fileDirectory", File, Layout::Fields(&[(0, Field::File)])),
    service("additionalService", Config, NOTHING),
];

/// `UnconfirmedService`, by its tag.
const UNCONFIRMED: [&str; 3] = [
    "informationReport",
    "unsolicitedStatus",
    "eventNotification",
];

/// The confirmed service with a tag.
#[inline]
pub(super) fn confirmed(number: u32) -> Option<&'static Service> {
    CONFIRMED.get(usize::try_from(number).ok()?)
}

/// Name of the unconfirmed service with a tag.
pub(super) fn unconfirmed(number: u32) -> Option<&'static str> {
    UNCONFIRMED.get(usize::try_from(number).ok()?).copied()
}

/// Names of the PDUs (`MMSpdu`), by their tag.
const PDUS: [&str; 14] = [
    "confirmed-Request",
    "confirmed-Response",
    "confirmed-Error",
    "unconfirmed",
    "reject",
    "cancel",
    "cancel",
    "cancel",
    "initiate",
    "initiate",
    "initiate",
    "conclude",
    "conclude",
    "conclude",
];

/// Name and class of a PDU that is no service.
pub(super) fn pdu(tag: u32) -> Option<(&'static str, OperationClass)> {
    let name = PDUS.get(usize::try_from(tag).ok()?)?;
    Some((name, Session))
}

/// What a read or write of IEC 61850 control does (IEC 61850-8-1, 20): number and name of the service
/// of IEC 61850-7-2 by the attribute of the functional constraint CO.
pub(super) fn control(code: u32, item: &str) -> Option<(u32, &'static str)> {
    let mut parts = item.split('$');
    let constraint = parts.nth(1)?;
    if constraint != "CO" {
        return None;
    }
    parts.find_map(|part| match (code, part) {
        (READ, "SBO") => Some((1, "select")),
        (WRITE, "SBOw") => Some((2, "select with value")),
        (WRITE, "Oper") => Some((3, "operate")),
        (WRITE, "Cancel") => Some((4, "cancel control")),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_standard() {
        let name = |number| confirmed(number).map(|service| service.name);
        for (number, expected) in [
            (0, "status"),
            (IDENTIFY, "identify"),
            (READ, "read"),
            (WRITE, "write"),
            (19, "takeControl"),
            (26, "initiateDownloadSequence"),
            (31, "terminateUploadSequence"),
            (36, "deleteDomain"),
            (39, "deleteProgramInvocation"),
            (40, "start"),
            (44, "kill"),
            (46, "obtainFile"),
            (62, "acknowledgeEventNotification"),
            (71, "getCapabilityList"),
            (72, "fileOpen"),
            (77, "fileDirectory"),
            (78, "additionalService"),
        ] {
            assert_eq!(name(number), Some(expected));
        }
        assert_eq!(name(79), None);
    }

    #[test]
    fn only_the_attributes_that_command_are_control() {
        let name = |code, item| control(code, item).map(|(_, name)| name);
        assert_eq!(name(WRITE, "CSWI1$CO$Pos$Oper"), Some("operate"));
        assert_eq!(name(WRITE, "CSWI1$CO$Pos$Oper$ctlVal"), Some("operate"));
        assert_eq!(name(WRITE, "CSWI1$CO$Pos$SBOw"), Some("select with value"));
        assert_eq!(name(WRITE, "CSWI1$CO$Pos$Cancel"), Some("cancel control"));
        assert_eq!(name(READ, "CSWI1$CO$Pos$SBO"), Some("select"));
        assert_eq!(name(READ, "CSWI1$CO$Pos$Oper"), None);
        assert_eq!(name(WRITE, "CSWI1$CF$Pos$Oper"), None);
        assert_eq!(name(WRITE, "Oper"), None);
    }
}
