"""Cut scores by a panel's judgement: Angoff on any bank, bookmark on a calibrated one."""
