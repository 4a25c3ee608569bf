//! Frames for a [`World`], so that what a case shows went through decoders and dissectors.

use sensor_protocols::addr::MacAddr;
use sensor_protocols::frame::{Frame, LinkType};
use sensor_protocols::inspector::{Inspector, Sink};
use sensor_protocols::observation::Observation;
use sensor_protocols::time::Timestamp;

use super::{World, end, support};

/// Feeds observations to the detector of a world.
struct Feed<'a> {
    detector: &'a mut sensor_detect::detector::Detector,
    found: &'a mut Vec<sensor_detect::finding::Finding>,
}

impl Sink for Feed<'_> {
    fn observe(&mut self, observation: &Observation<'_>) {
        self.detector.observe(observation, self.found);
    }
}

const SYN: u8 = 2;
const FIN_ACK: u8 = 0x11;
const ACK: u8 = 0x10;
const PSH_ACK: u8 = 0x18;

/// A TCP connection between a client and a server; segments are sent in order and acknowledged.
#[derive(Clone, Debug)]
pub struct Session {
    client: (String, u16),
    server: (String, u16),
    next: [u32; 2],
}

impl Session {
    /// Bytes of the client.
    pub fn ask(&mut self, w: &mut World, payload: &[u8]) {
        self.send(w, 0, PSH_ACK, payload);
    }

    /// Bytes of the server.
    pub fn answer(&mut self, w: &mut World, payload: &[u8]) {
        self.send(w, 1, PSH_ACK, payload);
    }

    /// Both ends close.
    pub fn close(&mut self, w: &mut World) {
        self.send(w, 0, FIN_ACK, &[]);
        self.send(w, 1, FIN_ACK, &[]);
        self.send(w, 0, ACK, &[]);
    }

    fn send(&mut self, w: &mut World, from: usize, flags: u8, payload: &[u8]) {
        let ends = [&self.client, &self.server];
        let (source, destination) = (ends[from].clone(), ends[1 - from].clone());
        let mut tcp = Vec::new();
        tcp.extend(source.1.to_be_bytes());
        tcp.extend(destination.1.to_be_bytes());
        tcp.extend(self.next[from].to_be_bytes());
        let acknowledged = if flags & ACK == 0 {
            0
        } else {
            self.next[1 - from]
        };
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        tcp.extend(payload);
        let length = u32::try_from(payload.len()).unwrap() + u32::from(flags & 3 != 0);
        self.next[from] = self.next[from].wrapping_add(length);
        w.ip(&source.0, &destination.0, 6, &tcp);
    }
}

impl World {
    /// One Ethernet frame, now.
    pub fn frame(&mut self, data: &[u8]) -> &mut Self {
        self.frame += 1;
        let frame = Frame {
            time: self.now,
            number: self.frame,
            link: LinkType::Ethernet,
            wire_len: u32::try_from(data.len()).unwrap(),
            data,
            kernel: None,
        };
        let mut inspector = self.inspector.take().unwrap_or_default();
        let mut feed = Feed {
            detector: &mut self.detector,
            found: &mut self.found,
        };
        inspector.frame(&frame, &mut feed);
        self.inspector = Some(inspector);
        self
    }

    /// A frame directly on Ethernet; the MAC addresses are those of [`end`].
    pub fn link(
        &mut self,
        source: MacAddr,
        destination: MacAddr,
        ethertype: u16,
        payload: &[u8],
    ) -> &mut Self {
        let mut data = destination.0.to_vec();
        data.extend(source.0);
        data.extend(ethertype.to_be_bytes());
        data.extend(payload);
        self.frame(&data)
    }

    /// An IPv4 packet.
    pub fn ip(
        &mut self,
        source: &str,
        destination: &str,
        protocol: u8,
        payload: &[u8],
    ) -> &mut Self {
        let (from, to) = (end(source, 0), end(destination, 0));
        let address = |text: &str| text.parse::<std::net::Ipv4Addr>().unwrap().octets();
        let total = u16::try_from(20 + payload.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend(total.to_be_bytes());
        packet.extend([0, 7, 0, 0, 64, protocol, 0, 0]);
        packet.extend(address(source));
        packet.extend(address(destination));
        packet.extend(payload);
        self.link(from.mac, to.mac, 0x0800, &packet)
    }

    /// A UDP datagram.
    pub fn udp(
        &mut self,
        source: (&str, u16),
        destination: (&str, u16),
        payload: &[u8],
    ) -> &mut Self {
        let length = u16::try_from(8 + payload.len()).unwrap();
        let mut datagram = Vec::new();
        for field in [source.1, destination.1, length, 0] {
            datagram.extend(field.to_be_bytes());
        }
        datagram.extend(payload);
        self.ip(source.0, destination.0, 17, &datagram)
    }

    /// An open TCP connection from a new port of the client.
    pub fn session(&mut self, client: &str, server: &str, port: u16) -> Session {
        self.ports += 1;
        let mut session = Session {
            client: (client.to_owned(), 40_000 + self.ports),
            server: (server.to_owned(), port),
            next: [1000, 9000],
        };
        session.send(self, 0, SYN, &[]);
        session.send(self, 1, SYN | ACK, &[]);
        session.send(self, 0, ACK, &[]);
        session
    }

    /// Plays a capture of `tests/captures` with a tick every second of its time, as the pipeline
    /// does. Call it once, or with captures in the order of their times.
    pub fn capture(&mut self, name: &str) -> &mut Self {
        self.capture_while(name, |_| true)
    }

    /// The same with those of its frames only whose number fits.
    pub fn capture_while(&mut self, name: &str, fits: impl Fn(u64) -> bool) -> &mut Self {
        let capture = support::Capture::read(&support::folder(name));
        let mut inspector = Inspector::default();
        let mut feed = Feed {
            detector: &mut self.detector,
            found: &mut self.found,
        };
        let mut ticked = Timestamp::ZERO;
        for frame in capture.frames().filter(|frame| fits(frame.number)) {
            if frame.time.since(ticked) >= std::time::Duration::from_secs(1) {
                ticked = frame.time;
                inspector.tick(ticked, &mut feed);
                feed.detector.tick(ticked, feed.found);
            }
            inspector.frame(&frame, &mut feed);
        }
        inspector.finish(&mut feed);
        self
    }
}
