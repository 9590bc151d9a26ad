"""What outlets, mirrors, archives and networks may send us that is made to hurt, or only broken."""
