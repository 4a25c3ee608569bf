//! Operation codes that dissectors give where a protocol has no numbers of its own, or several sets of
//! them. They are part of what is stored in the baseline and never change; `docs/protocols.md` lists them.

/// SMB.
pub(super) mod smb {
    /// Added to a command of SMB2.
    pub(in crate::engines) const SMB2: u32 = 0x100;
}

/// DCE/RPC.
pub(super) mod dcerpc {
    /// Added to the type of a PDU that is no call.
    pub(in crate::engines) const PDU: u32 = 0xff00_0000;
    /// Added to the type of a later part of a message.
    pub(in crate::engines) const FRAGMENT: u32 = 0xff01_0000;
}

/// TDS: kinds of statements, as second-level code.
pub(super) mod statements {
    pub(in crate::engines) const DEFINITION: u32 = 3;
    pub(in crate::engines) const PERMISSION: u32 = 4;
    pub(in crate::engines) const ADMINISTRATION: u32 = 6;
}

/// SSH.
pub(super) mod ssh {
    pub(in crate::engines) const IDENTIFICATION: u32 = 0x100;
}

/// VNC: messages of the handshake (RFC 6143, 7.1 to 7.3).
pub(super) mod rfb {
    pub(in crate::engines) const VERSION: u32 = 1;
    pub(in crate::engines) const SECURITY_CHOICE: u32 = 3;
    pub(in crate::engines) const RESPONSE: u32 = 5;
    pub(in crate::engines) const RESULT: u32 = 6;
}

/// Telnet: log-ins.
pub(super) mod telnet {
    pub(in crate::engines) const PASSWORD: u32 = 0x104;
    pub(in crate::engines) const LOGIN_FAILED: u32 = 0x105;
}

/// SNMP: the object that says what kind of community a message has.
pub(super) mod snmp {
    pub(in crate::engines) const COMMUNITY: &str = "community";
}

/// TLS.
pub(super) mod tls {
    /// Added to the type of a handshake message.
    pub(in crate::engines) const HANDSHAKE_UNIT: u32 = 0;
    /// Added to the content type of a record.
    pub(in crate::engines) const RECORD: u32 = 0x100;
    /// Added to the type of a message of SSL 2.0.
    pub(in crate::engines) const SSL2: u32 = 0x200;
}
