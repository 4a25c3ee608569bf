//! Numbers that the dissectors add to codes, so that operations of different kinds never have one
//! code. Detection knows observations only, not dissectors; the tests of the types, which play
//! packets, show that the numbers are the same.

/// CIP: bit of a PCCC command; the rest is the command, the second-level code its function.
pub(super) const PCCC: u32 = 0x1_0000;

/// EtherNet/IP: I/O data, which have no command.
pub(super) const ENIP_IO: u32 = 0x1_0000;

/// S7comm: added to the group of userdata; from [`S7_OTHER`] on are kinds that are not defined.
pub(super) const S7_USERDATA: u32 = 0x100;
pub(super) const S7_OTHER: u32 = 0x200;

/// S7comm-plus: from here on are messages without a function.
pub(super) const S7_PLUS_OTHER: u32 = 0x1_0000;

/// MELSEC: added to the commands of MELSOFT.
pub(super) const MELSOFT: u32 = 0x1_0000;

/// ADS: added to the services of the discovery protocol.
pub(super) const ADS_DISCOVERY: u32 = 0x2_0000;

/// FINS: added to the commands of the header over TCP.
pub(super) const FINS_TCP: u32 = 0x1_0000;

/// GE SRTP: from here on are packets without a service request.
pub(super) const SRTP_PACKET: u32 = 0x100;

/// `LonTalk`: updates and polls of network variables; added to types of channel management and of
/// the transport.
pub(super) const LON_VARIABLE: u32 = 0x1_0000;
pub(super) const LON_VARIABLE_POLL: u32 = 0x1_0001;
pub(super) const LON_CHANNEL: u32 = 0x2_0000;
pub(super) const LON_TRANSPORT: u32 = 0x3_0000;

/// OPC UA: the transport below services, from the greeting up to types that are not known.
pub(super) const OPCUA_HELLO: u32 = 0x1_0001;
pub(super) const OPCUA_FOREIGN: u32 = 0x1_0008;

/// BACnet: added to unconfirmed services, messages of the network layer, functions of BACnet/IP and
/// of BACnet/IPv6.
pub(super) const BACNET_UNCONFIRMED: u32 = 0x100;
pub(super) const BACNET_NETWORK: u32 = 0x200;
pub(super) const BACNET_LINK: u32 = 0x1000;
pub(super) const BACNET_LINK_V6: u32 = 0x2000;

/// BACnet: kinds of the objects that are the networks of a message.
pub(super) const BACNET_DESTINATION: &str = "destination_network";
pub(super) const BACNET_SOURCE: &str = "source_network";
