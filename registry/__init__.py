"""Who lives and trades where: residents, households, businesses, contacts. The only room with personal data.

The room promises: what leaves it is masked, unless an actor asks with a purpose and a case number, which is written
down first; a grid worker's database session reads nobody of another grid.
"""
