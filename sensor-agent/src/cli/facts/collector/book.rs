//! Makes the sections of protocols out of their messages by frame.

use super::Collector;
use crate::cli::facts::{bacnet, dnp3, histograms, mms, profinet, report};

impl Collector {
    pub(super) fn book_dnp3(&mut self) -> Option<report::Dnp3> {
        let packets = self.dnp3.finish(&mut self.sensor.dnp3)?;
        Some(dnp3::book(
            &packets,
            &mut self.protocols,
            &mut self.events,
            &mut self.quality,
        ))
    }

    pub(super) fn book_profinet(&mut self) -> Option<report::Profinet> {
        let frames = self.profinet.finish(&mut self.sensor.profinet)?;
        Some(profinet::book(
            std::mem::take(&mut self.profinet_frame_ids),
            &frames,
            &mut self.protocols,
            &mut self.events,
            &mut self.quality,
        ))
    }

    pub(super) fn book_bacnet(&mut self) -> Option<report::Bacnet> {
        let frames = self.bacnet.finish(&mut self.sensor.bacnet)?;
        Some(bacnet::book(
            &frames,
            &mut self.protocols,
            &mut self.events,
            &mut self.quality,
        ))
    }

    pub(super) fn book_mms(&mut self) -> Option<report::Mms> {
        let frames = self.mms.finish(&mut self.sensor.mms)?;
        mms::book(
            &frames,
            &mut self.protocols,
            &mut self.events,
            &mut self.quality,
        )
    }

    pub(super) fn book_histograms(&mut self) -> histograms::Histograms {
        let (mut histograms, seen) =
            self.histograms
                .finish(&mut self.protocols, &mut self.events, &mut self.quality);
        self.sensor.others = seen;
        // Those of bytes that are no SNMP do not count.
        if let Some(snmp) = histograms.get_mut("snmp")
            && !self.communities.is_empty()
        {
            snmp.insert("communities", std::mem::take(&mut self.communities));
        }
        std::mem::take(&mut self.named).finish(&mut self.protocols, &mut self.events);
        histograms
    }
}
