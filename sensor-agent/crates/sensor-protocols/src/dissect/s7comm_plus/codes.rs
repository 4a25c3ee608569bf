//! Functions and versions by number (T. Wiens, plug-in for Wireshark).

use crate::observation::OperationClass::{
    self, Control, Diagnostic, Discovery, Read, Session, Write,
};

/// Functions of requests and responses.
const FUNCTIONS: &[(u16, &str, OperationClass)] = &[
    (0x04b1, "Error", Diagnostic),
    (0x04bb, "Explore", Discovery),
    (0x04ca, "CreateObject", Session),
    (0x04d4, "DeleteObject", Session),
    (0x04f2, "SetVariable", Write),
    (0x04fc, "GetVariable", Read),
    (0x0506, "AddLink", Write),
    (0x051a, "RemoveLink", Write),
    (0x0524, "GetLink", Read),
    (0x0542, "SetMultiVariables", Write),
    (0x054c, "GetMultiVariables", Read),
    (0x0556, "BeginSequence", Session),
    (0x0560, "EndSequence", Session),
    (0x056b, "Invoke", Control),
    (0x057c, "SetVarSubStreamed", Write),
    (0x0586, "GetVarSubStreamed", Read),
    (0x0590, "GetVariablesAddress", Read),
    (0x059a, "Abort", Session),
    (0x05a9, "Error2", Diagnostic),
    (0x05b3, "InitSsl", Session),
];

/// Name and class of a function; `None` when it is not known.
pub(super) fn function_named(function: u16) -> Option<(&'static str, OperationClass)> {
    FUNCTIONS
        .iter()
        .find(|(known, ..)| *known == function)
        .map(|(_, name, class)| (*name, *class))
}

/// What a PDU without an opcode is by its version; `None` when it is not known.
pub(super) fn version_named(version: u8) -> Option<(&'static str, OperationClass)> {
    match version {
        1..=3 => Some(("continued data", Session)),
        0xfe => Some(("system event", OperationClass::Event)),
        0xff => Some(("keep-alive", Session)),
        _ => None,
    }
}
