-- The xtype of texts as JSON has a prefix (DALI 1.1, section 3.3).

UPDATE tap_schema.columns SET xtype = 'vo_lcc:json' WHERE xtype = 'json';
